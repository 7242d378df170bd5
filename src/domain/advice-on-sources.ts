import type { AdviceText } from './advice-topic.ts';

const QUOTA_REQUEST = `Subject: Quota increase: EventBridge partner event sources

Service: Amazon EventBridge, partner event sources (CreatePartnerEventSource)
Partner name: aws.partner/<PARTNER_NAME>
Partner publishing account: <12 digits>
Region(s): <regions>
Current number of partner event sources: <count>
Requested number: <count>

CreatePartnerEventSource has returned LimitExceededException in the Region(s) above since <firstSeenAt>.
Request id of an example: <requestId>
We need one partner event source per customer account. <n> customers are waiting; we expect about <n> new ones per month.
Please raise the quota, and tell us the new value and when it takes effect.`;

/** Errors that are about one source, one account or one Region, and unknown ones. */
export const ADVICE_ON_SOURCES = {
  accountConflict: {
    title: 'Another AWS account holds the source name',
    side: 'customer',
    meaning:
      'AWS already has a source with this name in this Region for another account than requested. Nothing was changed: treating this as success would send one customer’s events to another.',
    todo: [
      'Open the onboarding’s attempts as viewer or operator: the message names the account that holds the name. Do not disclose it to the customer.',
      'Find in your records which customer has this event namespace and name. If two customers share a name, your naming scheme is wrong.',
      'Ask the customer whose account was requested: was the id mistyped, or did they move from another account?',
      'If it was mistyped, cancel this onboarding and onboard the correct account.',
      'If they moved, get written consent that the old account receives no more events, delete the old source (aws events delete-partner-event-source), then replay.',
      'If two customers share the name, use another name for the new one. Delete nothing.',
    ],
    replay: 'afterFix',
    replayNote: 'It fails again until the other account’s source is deleted.',
  },
  unsettled: {
    title: 'AWS contradicts itself about the source',
    side: 'aws',
    meaning:
      'AWS reports that the name exists but lists no live account for it. This is normal for seconds while a source is being deleted. Five checks in a row had this result.',
    todo: [
      'Wait a few minutes: a deletion or the removal of expired sources may be in progress.',
      'Check with: aws events list-partner-event-source-accounts --event-source-name <source name> --region <region>.',
      'Replay. If it fails again after an hour, open a case with AWS with the request id of the last attempt.',
    ],
    replay: 'sensible',
    replayNote: 'No fix is needed; a replay a few minutes later usually succeeds.',
  },
  quotaReached: {
    title: 'The quota of partner event sources is reached',
    side: 'aws',
    meaning:
      'AWS creates no more sources for this partner in this Region until it raises the quota or you delete sources. This is not throttling: waiting does not help, and further onboardings there fail too.',
    todo: [
      'Pause the Region, so that new signups wait instead of failing: onboard pause <region> --reason "quota of sources".',
      'Request a higher quota from AWS with the text below: Service Quotas console, a support case, or your partner contact.',
      'Meanwhile, delete sources of former customers.',
      'When AWS has confirmed: onboard resume <region>, then replay.',
    ],
    replay: 'afterFix',
    replayNote: 'Replay all when AWS has confirmed the new quota. Until then each one fails again.',
    template: QUOTA_REQUEST,
  },
  regionOff: {
    title: 'The Region is switched off for this partner',
    side: 'ours',
    meaning:
      'AWS does not allow this call for your partner in this Region: the Region is not registered, or the feature is not offered there.',
    todo: [
      'Compare REGIONS with the Regions you registered with AWS.',
      'If it is not registered, pause the Region or remove it from REGIONS, so that signups are rejected with a clear error. Ask your partner contact at AWS to register it.',
      'If it is registered, open a case with AWS with the request id.',
      'When it is registered: onboard resume <region>, replay one, then the others.',
    ],
    replay: 'afterFix',
    replayNote: 'Replay when AWS has registered the Region. Replay one first.',
  },
  rejected: {
    title: 'AWS rejects the request as invalid',
    side: 'ours',
    meaning:
      'AWS rejects a value of the request. The service checks the documented rules first, so this is an undocumented rule or an unregistered partner name.',
    todo: [
      'Read the message: it names the value.',
      'Compare PARTNER_NAME with your registered name, with or without .test.',
      'If it affects one onboarding, correct the name or account, cancel this one and onboard again.',
      'If it affects many, report message and request id to the maintainers, so that intake can check it.',
    ],
    replay: 'pointless',
    replayNote: 'The same request is rejected again unless PARTNER_NAME or a rule at AWS has changed.',
  },
  concurrentModification: {
    title: 'Something else changed the source at the same time',
    side: 'ours',
    meaning:
      'AWS saw another change of the same source and rejected this one. Retries ended the same way, so something keeps changing it.',
    todo: [
      'Find the other program or person in CloudTrail: events CreatePartnerEventSource and DeletePartnerEventSource.',
      'Stop it, then replay.',
    ],
    replay: 'sensible',
    replayNote: 'The conflict has usually ended by now.',
  },
  malformedJob: {
    title: 'A job in Redis is not from this service',
    side: 'ours',
    meaning:
      'Another program added a job to the service’s queues, or a job was changed by hand. It was rejected; no onboarding is affected.',
    todo: [
      'Find the program that writes there: CLIENT LIST and ACL LOG in Redis, and who has REDIS_URL.',
      'Programs must onboard through HTTP, SQL or the queue onboarding-intake.',
      'Maintenance replaces a changed job within minutes.',
    ],
    replay: 'pointless',
    replayNote: 'There is no onboarding to replay.',
  },
  unknownError: {
    title: 'An error unknown to this version',
    side: 'ours',
    meaning:
      'AWS sent an unknown error name. It was treated as transient and retried with backoff until its retries or its time ran out.',
    todo: [
      'Read the message, and look the name up in AWS’s EventBridge API reference under CreatePartnerEventSource and Common Errors.',
      'UnknownOperationException: the endpoint does not know the call; check AWS_ENDPOINT_URL_EVENTBRIDGE.',
      'Report name, message and HTTP status to the maintainers.',
      'Replay one. If it fails again, leave the others until the cause is known.',
    ],
    replay: 'sensible',
    replayNote: 'Replay one first.',
  },
} as const satisfies Record<string, AdviceText>;
