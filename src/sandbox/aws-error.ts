import type { Answer } from './answer.ts';

/**
 * Status and text per error name. Statuses are those of the EventBridge model and of AWS's "Common Errors"
 * page; AWS itself is not consistent there, so a client has to judge by name. The GovCloud wording of
 * UnknownOperationException was seen with 400 in hashicorp/terraform-provider-aws PR #19072.
 */
const KNOWN: ReadonlyMap<string, readonly [status: number, message: string]> = new Map([
  ['AccessDeniedException', [403, 'User is not authorized to perform this operation.']],
  ['ConcurrentModificationException', [400, 'There is concurrent modification on a resource.']],
  ['ExpiredTokenException', [403, 'The security token included in the request is expired']],
  ['IncompleteSignature', [403, 'The request signature does not conform to AWS standards.']],
  ['InternalException', [500, 'This exception occurs due to unexpected causes.']],
  ['InternalFailure', [500, 'The request processing has failed because of an unknown error.']],
  ['InvalidSignatureException', [403, 'The request signature we calculated does not match.']],
  ['LimitExceededException', [400, 'The request failed because it attempted to pass a service quota.']],
  ['MissingAuthenticationTokenException', [403, 'Missing Authentication Token']],
  ['OperationDisabledException', [400, 'The operation you are attempting is not available in this region.']],
  ['RequestTimeoutException', [408, 'The request timed out.']],
  ['ServiceUnavailable', [503, 'The request has failed due to a temporary failure of the server.']],
  ['ServiceUnavailableException', [503, 'The request has failed due to a temporary failure of the server.']],
  ['ThrottlingException', [400, 'Rate exceeded']],
  ['TooManyRequestsException', [429, 'Too many requests']],
  ['UnknownOperationException', [400, 'Operation is disabled in this region']],
  ['UnrecognizedClientException', [403, 'The security token included in the request is invalid.']],
]);

/** A name that no AWS model holds: clients have to cope with names they have never heard of. */
export const INVENTED_ERROR = 'UnforeseenPartnerException';

export interface AwsErrorDetails {
  readonly message?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An awsJson1.1 error answer; names outside the table get 400 and a general text. */
export function awsError(name: string, details: AwsErrorDetails = {}): Answer {
  const [status, message] = KNOWN.get(name) ?? [400, `The sandbox was told to answer ${name}.`];
  return {
    kind: 'json',
    status: details.status ?? status,
    error: name,
    body: { __type: name, message: details.message ?? message },
    ...(details.headers === undefined ? {} : { headers: details.headers }),
  };
}
