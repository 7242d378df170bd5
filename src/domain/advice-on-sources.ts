import type { AdviceText } from './advice-topic.ts';

const QUOTA_REQUEST = `Subject: Quota increase: EventBridge partner event sources

Service: Amazon EventBridge, partner event sources (CreatePartnerEventSource)
Partner name: aws.partner/<PARTNER_NAME>
Partner publishing account: <12 digits>
Region(s): <regions>
Present number of partner event sources: <count>
Requested number: <count>

CreatePartnerEventSource answers LimitExceededException in the Region(s) above since <firstSeenAt>.
Request id of one such call: <requestId>
We need one partner event source for every customer account. <n> customers wait for theirs; we expect about <n> new ones a month.
Please raise the quota and tell us the new figure and the time from which it holds.`;

/** Errors that are about one source, one account or one Region, and what nobody knows. */
export const ADVICE_ON_SOURCES = {
  accountConflict: {
    title: 'Another AWS account holds the source name',
    side: 'customer',
    meaning:
      'AWS already has a source of this name in this Region, made for another account than the one asked for. Nothing was changed, on purpose: to call this a success would send one customer’s events to another.',
    todo: [
      'Open the onboarding’s attempts as viewer or operator: the message names the account that holds the name. Do not tell it to the customer or the signup side.',
      'Find in your own records which customer has this event namespace and name. Two customers with one name is a fault in how names are built.',
      'Ask the customer whose account was asked for whether the account id is right: was it mistyped, or have they moved from another account of theirs?',
      'Account mistyped: cancel this onboarding and onboard the right account.',
      'Same customer, moved: have them agree in writing that the old account gets no more events, delete the old source (aws events delete-partner-event-source), then replay.',
      'Two customers: give the new one another name. Delete nothing.',
    ],
    replay: 'afterFix',
    replayNote: 'It fails again until the other account’s source is deleted.',
  },
  unsettled: {
    title: 'AWS contradicts itself about the source',
    side: 'aws',
    meaning:
      'AWS says that the name exists, and lists no living account for it. That is normal for seconds while a source of the name is being deleted. Five looks in a row found it so.',
    todo: [
      'Wait some minutes: a deletion or the sweep of expired sources may still be under way.',
      'Look yourself: aws events list-partner-event-source-accounts --event-source-name <source name> --region <region>.',
      'Replay. If it fails again after an hour, open a case with AWS with the request id of the last attempt.',
    ],
    replay: 'sensible',
    replayNote: 'Nothing needs to be changed first; minutes later it usually works.',
  },
  quotaReached: {
    title: 'The quota of partner event sources is used up',
    side: 'aws',
    meaning:
      'AWS makes no more sources for this partner in this Region until the quota is raised or sources are deleted. This is no throttling: waiting alone does not cure it. Every further onboarding there fails as well.',
    todo: [
      'Pause the Region, so that new signups wait and do not fail: onboard pause <region> --reason "quota of sources".',
      'Ask AWS for more with the text below: Service Quotas console, else a support case or your partner contact.',
      'Meanwhile delete sources of customers who have left, if there are any.',
      'Once AWS has confirmed: onboard resume <region>, then replay.',
    ],
    replay: 'afterFix',
    replayNote: 'Replay all of them once AWS has confirmed the new quota. Before that each one fails again.',
    template: QUOTA_REQUEST,
  },
  regionOff: {
    title: 'The Region is switched off for this partner',
    side: 'ours',
    meaning:
      'AWS knows the call, and does not allow it for your partner in this Region: the Region is not registered for you, or the feature is not offered there. No customer has done anything wrong.',
    todo: [
      'Compare REGIONS with the list of Regions that you gave AWS at registration.',
      'Not on the list: pause the Region, or take it out of REGIONS so that signups are refused with a clear error, and ask your partner contact at AWS to register it.',
      'On the list: open a case with AWS with the request id. It may be switched off by mistake.',
      'Once it is registered: onboard resume <region>, replay one, and then the others.',
    ],
    replay: 'afterFix',
    replayNote: 'Replay once AWS has registered the Region. Try one first.',
  },
  rejected: {
    title: 'AWS refuses the request as invalid',
    side: 'ours',
    meaning:
      'AWS says that a value of the request is wrong. What AWS documents is checked before, so this is either a rule that this version does not know, or a partner name that is not registered.',
    todo: [
      'Read the message: it names the value.',
      'Compare PARTNER_NAME with the name that AWS has registered, with or without .test.',
      'One onboarding alone: have the name or account corrected, cancel this one and onboard again.',
      'Many: report it to the maintainers with the message and the request id. The check belongs into intake.',
    ],
    replay: 'pointless',
    replayNote:
      'The same request is refused again. Only when PARTNER_NAME or a rule at AWS has changed is a replay of use.',
  },
  concurrentModification: {
    title: 'Something else changed the source at the same time',
    side: 'ours',
    meaning:
      'AWS saw another change of the same source and refused this one. It was tried again until rounds or time were spent, so something keeps changing it.',
    todo: [
      'Look for a second program or person who creates or deletes partner event sources: CloudTrail, events named CreatePartnerEventSource and DeletePartnerEventSource.',
      'Stop the one that does not belong there, then replay.',
    ],
    replay: 'sensible',
    replayNote: 'It is nearly always over by the time you read this.',
  },
  malformedJob: {
    title: 'A job in Redis is not one of ours',
    side: 'ours',
    meaning:
      'Something other than this service has put a job into its queues, or one was changed by hand. It was refused; no onboarding is behind it.',
    todo: [
      'Find out who writes there: CLIENT LIST and ACL LOG in Redis, and who knows REDIS_URL.',
      'A program that means to onboard has to use HTTP, SQL or the queue onboarding-intake.',
      'A changed job costs nothing: maintenance adds the onboarding’s job anew within minutes.',
    ],
    replay: 'pointless',
    replayNote: 'There is no onboarding to replay.',
  },
  unknownError: {
    title: 'An error that this version does not know',
    side: 'ours',
    meaning:
      'AWS sent a name that no table lists. It was treated as passing: tried again with growing waits until rounds or time were spent.',
    todo: [
      'Read the message, and look the name up in AWS’s EventBridge API reference under CreatePartnerEventSource and Common Errors.',
      'UnknownOperationException means that what answers does not know the call: check AWS_ENDPOINT_URL_EVENTBRIDGE.',
      'Report it to the maintainers with name, message and HTTP status, so that it gets a rule.',
      'Replay one. If it fails again, leave the others until the cause is known.',
    ],
    replay: 'sensible',
    replayNote: 'Try one before all.',
  },
} as const satisfies Record<string, AdviceText>;
