import { CREATE_ERROR_CODES } from './codec.ts';

/** Codes of our own, for what AWS gave no name (docs/http-api.md says what each means). */
export const OWN_ERROR_CODES = [
  'AccountConflict',
  'ConnectionFailed',
  'CredentialsUnavailable',
  'Timeout',
  'Unsettled',
  'UnreadableResponse',
] as const;

/** What AWS documents under "Common Errors" and what its front doors send, in the spellings seen on EventBridge. */
const COMMON_CODES = [
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InternalFailure',
  'InternalServerError',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'OptInRequired',
  'RequestExpired',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ResourceNotFoundException',
  'ServiceQuotaExceededException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'SignatureDoesNotMatch',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationError',
  'ValidationException',
] as const;

const LISTED: ReadonlySet<string> = new Set([...OWN_ERROR_CODES, ...CREATE_ERROR_CODES, ...COMMON_CODES]);

/**
 * An error code as one of a closed set, for figures that keep a row for every value: a name that AWS (or something
 * in between) made up is `other`, no code is `none`. The ledger and the log have the code as it came.
 */
export function errorCodeLabel(code: string | null): string {
  if (code === null) return 'none';
  return LISTED.has(code) ? code : 'other';
}
