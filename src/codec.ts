/**
 * Published as `eventbridge-partner-onboarding/codec`: the create response and its error variants as JSON and
 * back, for programs that read what this service stores and serves. Needs nothing but the language.
 */
export {
  CodecError,
  CREATE_ERROR_CODES,
  errorFromJson,
  errorToJson,
  isProvisioningError,
  responseFromJson,
  responseToJson,
} from './domain/codec.ts';
export type {
  CreateError,
  CreateErrorCode,
  CreateResponse,
  KnownCreateErrorCode,
  ProvisioningError,
} from './domain/codec.ts';
export type { AttemptOutcomeKind } from './domain/outcome-kind.ts';
