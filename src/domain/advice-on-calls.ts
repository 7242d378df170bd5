import type { AdviceText } from './advice-topic.ts';

/** Errors that every call meets alike: credentials, the network, AWS itself. */
export const ADVICE_ON_CALLS = {
  throttled: {
    title: 'AWS throttles the calls',
    side: 'ours',
    meaning:
      'More calls reach AWS in this Region than it allows. The service slows down automatically and uses up no retries. These onboardings failed because throttling lasted until their deadline.',
    todo: [
      'Find other programs in the same AWS account and Region that call EventBridge’s control plane: they share the quota.',
      'Lower QUOTA_PER_SECOND in all processes to what is left for this service.',
      'If that is too slow, request a higher rate in the Service Quotas console.',
      'Replay with a rate below the quota.',
    ],
    replay: 'sensible',
    replayNote: 'Replay with a rate limit well below QUOTA_PER_SECOND, so that signups keep their share.',
  },
  accessDenied: {
    title: 'AWS denies the call',
    side: 'ours',
    meaning:
      'The credentials are valid, but a policy denies the call: an IAM policy, a permissions boundary, or an organization policy. While all calls are denied, onboardings wait and none fails. An onboarding fails only if it alone is denied: the policy then excludes its source, account or Region.',
    todo: [
      'Read the message: it names the principal, the action and often the kind of policy that denied it.',
      'Compare the role’s policy with: onboard iam-policy.',
      'Check permissions boundary and service control policies for this Region and for events:*PartnerEventSource*.',
      'Fix the policy. Calls resume automatically within 30 s; then replay the failures.',
    ],
    replay: 'afterFix',
    replayNote: 'Replay when the policy allows this source. Waiting onboardings need no replay.',
  },
  credentials: {
    title: 'AWS rejects the credentials',
    side: 'ours',
    meaning:
      'The service’s AWS credentials are missing, expired, deleted or of another partition. The Region’s circuit is open: onboardings wait and none fails.',
    todo: [
      'On a worker’s host, with its environment: aws sts get-caller-identity.',
      'If expired, renew the session and fix its renewal (role, SSO, credential_process). If deleted or rotated, give the workers the new key.',
      'Check that AWS_REGION and the endpoint belong to the same partition as the credentials (aws, aws-us-gov, aws-cn).',
      'Restart the workers if the credentials are in environment variables. The circuit closes automatically within 30 s.',
    ],
    replay: 'afterFix',
    replayNote:
      'Waiting onboardings continue automatically when the credentials work. Replay only the failures.',
  },
  signature: {
    title: 'AWS rejects the signature',
    side: 'ours',
    meaning:
      'The signature is wrong: a host’s clock is off, a secret key is truncated or mistyped, or a proxy modifies requests. Onboardings wait and none fails.',
    todo: [
      'Compare the clock: timedatectl, and the Date header of: curl -sI https://events.<region>.amazonaws.com. AWS rejects a difference of more than 5 minutes.',
      'Check the secret key for missing characters, quotes or line ends.',
      'Check for a proxy that rewrites headers or host names.',
      'Check whether it affects one host only: error_name by instance in the log.',
    ],
    replay: 'afterFix',
    replayNote: 'Waiting onboardings continue automatically. Replay only the failures.',
  },
  notSubscribed: {
    title: 'The AWS account is not subscribed',
    side: 'ours',
    meaning:
      'The AWS account of the service is not active, has not enabled this Region, or is not subscribed. Every call there fails until this is fixed.',
    todo: [
      'Check that these are the credentials of your registered partner account: aws sts get-caller-identity.',
      'Check that the Region is enabled: aws account get-region-opt-status --region-name <region>.',
      'Check that the account has no open bill and is not suspended.',
    ],
    replay: 'afterFix',
    replayNote: 'Waiting onboardings continue automatically. Replay only the failures.',
  },
  awsFault: {
    title: 'AWS had an internal fault',
    side: 'aws',
    meaning:
      'AWS reported an internal fault or was unavailable. The call was retried with backoff until its retries or its time ran out.',
    todo: [
      'Check the AWS Health Dashboard for EventBridge in this Region.',
      'Wait until onboardings of the Region are provisioned again: onboard stats.',
      'Replay. If one source fails for hours while others pass, open a case with AWS with its request id.',
    ],
    replay: 'sensible',
    replayNote: 'Replay when the Region works again.',
  },
  timeout: {
    title: 'AWS did not respond in time',
    side: 'aws',
    meaning:
      'A call took longer than AWS_TIMEOUT_MS. The source may exist; a replay finds and adopts it, so nothing is created twice.',
    todo: [
      'From a worker’s host: curl -sS -o /dev/null -w "%{time_total}\\n" https://events.<region>.amazonaws.com.',
      'If it is slow, check network, DNS, NAT gateway and proxy. If it is fast, check the AWS Health Dashboard.',
      'Check whether the process itself is blocked: nodejs_eventloop_lag_p99_seconds.',
      'Replay when calls of the Region succeed again.',
    ],
    replay: 'sensible',
    replayNote: 'Safe: if the source was created, it is adopted.',
  },
  connectionFailed: {
    title: 'AWS cannot be reached',
    side: 'ours',
    meaning:
      'The connection failed: DNS, routing, a firewall, TLS, or a wrong endpoint. If this lasts, the Region’s circuit opens and no more onboardings fail.',
    todo: [
      'Read the message: ENOTFOUND is DNS, ECONNREFUSED a wrong endpoint or firewall, ECONNRESET a proxy or NAT, CERT_… a proxy that intercepts TLS.',
      'From a worker’s host: curl -sSI https://events.<region>.amazonaws.com.',
      'Check AWS_ENDPOINT_URL_EVENTBRIDGE and AWS_ENDPOINT_URL: in production they are usually unset.',
      'Replay when calls of the Region succeed again.',
    ],
    replay: 'sensible',
    replayNote: 'Safe: if the source was created, it is adopted.',
  },
  unreadableResponse: {
    title: 'The response is not from AWS’s API',
    side: 'ours',
    meaning:
      'The response names no AWS error: it is an HTML page, truncated or empty. EventBridge responds in JSON, so this came from a proxy, firewall or load balancer. With HTTP 401, 403 or 407 it rejects the service.',
    todo: [
      'Read the message for the HTTP status.',
      'From a worker’s host: curl -sSi https://events.<region>.amazonaws.com. The headers show which device sends the page.',
      'Allow events.<region>.amazonaws.com in that proxy, or use a VPC endpoint.',
      'Replay when calls of the Region succeed again.',
    ],
    replay: 'afterFix',
    replayNote:
      'Safe: if the source was created, it is adopted. Until the proxy is fixed, a replay fails again.',
  },
} as const satisfies Record<string, AdviceText>;
