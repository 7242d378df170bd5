import type { AdviceText } from './advice-topic.ts';

/** Errors that every call meets alike: credentials, the network, AWS itself. */
export const ADVICE_ON_CALLS = {
  throttled: {
    title: 'AWS throttles the calls',
    side: 'ours',
    meaning:
      'More calls reach AWS in this Region than it takes. The service slows down by itself and spends no round. These onboardings ended because it went on until their deadline.',
    todo: [
      'Look for other programs in the same AWS account and Region that call EventBridge’s control plane: they share the quota.',
      'Lower QUOTA_PER_SECOND in all processes to what is left for this service.',
      'If that is too slow for you, have AWS raise the request rate in the Service Quotas console.',
      'Replay, with a rate below the quota.',
    ],
    replay: 'sensible',
    replayNote: 'Replay with a rate limit well below QUOTA_PER_SECOND, so that signups keep their share.',
  },
  accessDenied: {
    title: 'AWS denies the call',
    side: 'ours',
    meaning:
      'The credentials work, and a policy does not allow the call: an IAM policy, a permissions boundary, or a policy of your organization. While all calls are denied, nothing fails and everything waits. An onboarding fails only when it alone is denied: then the policy names some sources, accounts or Regions and not this one.',
    todo: [
      'Read the message: it names the principal, the action and often the kind of policy that denied it.',
      'Compare the role’s policy with: onboard iam-policy.',
      'Check permissions boundary and service control policies for this Region and for events:*PartnerEventSource*.',
      'Mend the policy. A closed Region opens by itself within 30 s; then replay what has failed.',
    ],
    replay: 'afterFix',
    replayNote: 'Replay once the policy allows this source. What waits goes on without a replay.',
  },
  credentials: {
    title: 'AWS does not take the credentials',
    side: 'ours',
    meaning:
      'The service’s AWS credentials are missing, expired, deleted or of another partition. No customer is at fault. Nothing fails by it: the Region’s circuit is open and everything waits.',
    todo: [
      'On a worker’s host, with its environment: aws sts get-caller-identity.',
      'Expired: renew the session or mend what renews it (role, SSO, credential_process). Deleted or rotated: put the new key where the workers read it.',
      'Check that AWS_REGION and the endpoint belong to the same partition as the credentials (aws, aws-us-gov, aws-cn).',
      'Restart the workers only if they read credentials at start alone. The circuit closes by itself within 30 s.',
    ],
    replay: 'afterFix',
    replayNote: 'What waits goes on by itself once the credentials work. Replay only what has failed.',
  },
  signature: {
    title: 'AWS does not take the signature',
    side: 'ours',
    meaning:
      'The signature of the calls is wrong: a host’s clock is off, a secret key was cut or mistyped, or a proxy changes requests on their way. Nothing fails by it, everything waits.',
    todo: [
      'Compare the clock: timedatectl, and the Date header of: curl -sI https://events.<region>.amazonaws.com. More than 5 minutes apart is refused.',
      'Check the secret key for missing characters, quotes or line ends.',
      'Ask whether a proxy on the way rewrites headers or host names.',
      'See whether one host alone has it: error_name by instance in the log.',
    ],
    replay: 'afterFix',
    replayNote: 'What waits goes on by itself. Replay only what has failed.',
  },
  notSubscribed: {
    title: 'The AWS account is not signed up for this',
    side: 'ours',
    meaning:
      'The account that the service calls AWS with is not active, is not opted in to this Region, or is not subscribed to the service. Every call there fails until that is put right.',
    todo: [
      'Check that these are the credentials of your registered partner account: aws sts get-caller-identity.',
      'Check that the Region is enabled: aws account get-region-opt-status --region-name <region>.',
      'Check that the account has no open bill and is not suspended.',
    ],
    replay: 'afterFix',
    replayNote: 'What waits goes on by itself. Replay only what has failed.',
  },
  awsFault: {
    title: 'AWS had a fault of its own',
    side: 'aws',
    meaning:
      'AWS answered that it is broken or not available. It was tried again with growing waits until rounds or time were spent. Neither you nor the customer has done anything wrong.',
    todo: [
      'Look at the AWS Health Dashboard for EventBridge in this Region.',
      'Wait until onboardings of the Region are provisioned again: onboard stats.',
      'Replay. If one source fails for hours while others pass, open a case with AWS with its request id.',
    ],
    replay: 'sensible',
    replayNote: 'Replay when the Region works again.',
  },
  timeout: {
    title: 'AWS did not answer in time',
    side: 'aws',
    meaning:
      'A call took longer than AWS_TIMEOUT_MS. The source may exist all the same: a replay finds it and adopts it, so nothing is made twice.',
    todo: [
      'From a worker’s host: curl -sS -o /dev/null -w "%{time_total}\\n" https://events.<region>.amazonaws.com.',
      'Slow there: network, DNS, NAT gateway or proxy. Quick there: look at the AWS Health Dashboard.',
      'See whether the process itself is blocked: nodejs_eventloop_lag_p99_seconds.',
      'Replay when calls of the Region succeed again.',
    ],
    replay: 'sensible',
    replayNote: 'Safe: a source that was made after all is adopted.',
  },
  connectionFailed: {
    title: 'AWS cannot be reached',
    side: 'ours',
    meaning:
      'The connection broke or was never made: name resolution, routing, a firewall, TLS, or a wrong endpoint. If it lasts, the Region’s circuit opens and nothing fails by it.',
    todo: [
      'Read the message: ENOTFOUND is DNS, ECONNREFUSED a wrong endpoint or firewall, ECONNRESET something on the way, CERT_… a proxy that opens TLS.',
      'From a worker’s host: curl -sSI https://events.<region>.amazonaws.com.',
      'Check AWS_ENDPOINT_URL_EVENTBRIDGE and AWS_ENDPOINT_URL: in production they are usually unset.',
      'Replay when calls of the Region succeed again.',
    ],
    replay: 'sensible',
    replayNote: 'Safe: a source that was made after all is adopted.',
  },
  unreadableResponse: {
    title: 'Something answered that is not AWS’s API',
    side: 'ours',
    meaning:
      'The answer names no AWS error: an HTML page, a body that was cut, an empty one. EventBridge answers in JSON, so a proxy, firewall or load balancer stands between. With HTTP 401, 403 or 407 it refuses you on purpose.',
    todo: [
      'Read the message for the HTTP status.',
      'From a worker’s host: curl -sSi https://events.<region>.amazonaws.com. Whose page is it?',
      'Have events.<region>.amazonaws.com allowed in that proxy, or set NO_PROXY, or use a VPC endpoint.',
      'Replay when calls of the Region succeed again.',
    ],
    replay: 'afterFix',
    replayNote:
      'Safe: a source that was made after all is adopted. While the proxy stands there it ends the same way.',
  },
} as const satisfies Record<string, AdviceText>;
