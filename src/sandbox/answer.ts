import type { CountedFault, Refusal } from './fault-script.ts';

/** What goes back on the wire, decided before anything is sent. Broken answers are answers, too. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      /** The error's name, or undefined for a success: what the call log counts. */
      readonly error?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'raw';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    }
  /** The connection is cut without an answer. */
  | { readonly kind: 'reset' }
  /** No answer ever; ends when the client gives up or the sandbox closes. */
  | { readonly kind: 'hang' };

export const ok = (body: unknown): Answer => ({ kind: 'json', status: 200, body });

/** An answer's short name for the call log: `ok`, AWS's error name, or how the wire was broken. */
export function answerName(answer: Answer): string {
  switch (answer.kind) {
    case 'json':
      return answer.error ?? 'ok';
    case 'raw':
      return answer.status === 200 ? 'garbage' : 'html';
    case 'reset':
    case 'hang':
      return answer.kind;
  }
}

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
const INVENTED_ERROR = 'UnforeseenPartnerException';

interface AwsErrorDetails {
  readonly message?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An awsJson1.1 error answer; names outside the table get 400 and a general text. */
export function awsError(name: string, details: AwsErrorDetails = {}): Answer {
  const [status, message] = KNOWN.get(name) ?? [400, `The sandbox is configured to return ${name}.`];
  return {
    kind: 'json',
    status: details.status ?? status,
    error: name,
    body: { __type: name, message: details.message ?? message },
    ...(details.headers === undefined ? {} : { headers: details.headers }),
  };
}

/** Faults that leave nothing readable and change nothing: also ways to break a whole Region. */
const BREAKAGES = ['reset', 'hang', 'html'] as const;
type Breakage = (typeof BREAKAGES)[number];

export const isBreakage = (word: string): word is Breakage => BREAKAGES.some((breakage) => breakage === word);

const HTML_PAGE =
  '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n';
const TRUNCATED_JSON = '{"EventSourceArn":"arn:aws:events:';

/** What a fault that strikes a create looks like on the wire. `retryAfterSeconds` goes with those that pass. */
export function createFaultAnswer(fault: CountedFault | Refusal, retryAfterSeconds: number | null): Answer {
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  switch (fault) {
    case 'cme':
      return awsError('ConcurrentModificationException', { headers });
    case 'internal':
      return awsError('InternalException', { headers });
    case 'throttle':
      return awsError('ThrottlingException', { headers });
    case 'unavailable':
      return awsError('ServiceUnavailable', { headers });
    case 'expired':
      return awsError('ExpiredTokenException');
    case 'reset':
    case 'applied':
      return { kind: 'reset' };
    case 'hang':
      return { kind: 'hang' };
    case 'html':
      return { kind: 'raw', status: 503, contentType: 'text/html', body: HTML_PAGE };
    case 'garbage':
      return { kind: 'raw', status: 200, contentType: 'application/x-amz-json-1.1', body: TRUNCATED_JSON };
    case 'limit':
      return awsError('LimitExceededException');
    case 'disabled':
      return awsError('OperationDisabledException');
    case 'denied':
      return awsError('AccessDeniedException');
    case 'unknown':
      return awsError(INVENTED_ERROR);
    case 'invalid':
      return awsError('ValidationException', { message: 'The source name requests a rejection.' });
  }
}

/** Faults that hit the answer and not the create itself. */
export const appliesFirst = (fault: CountedFault | Refusal): boolean =>
  fault === 'applied' || fault === 'garbage';
