import type { Answer } from './answer.ts';
import { awsError, INVENTED_ERROR } from './aws-error.ts';
import type { CountedFault, Refusal } from './fault-script.ts';

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
      return awsError('ValidationException', { message: 'The source name asks to be refused.' });
  }
}

/** Faults that hit the answer and not the create itself. */
export const appliesFirst = (fault: CountedFault | Refusal): boolean =>
  fault === 'applied' || fault === 'garbage';
