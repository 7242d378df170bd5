/**
 * The codes of problem documents, each with its HTTP status and title. Programs compare the code, never a sentence.
 * docs/errors.md says what to do about each; a test compares the two.
 */
export const PROBLEMS = {
  invalid_request: [400, 'The request is not valid'],
  invalid_json: [400, 'The body is not JSON'],
  invalid_encoding: [400, 'The body is not UTF-8'],
  unauthenticated: [401, 'A token is required'],
  forbidden: [403, 'The token does not allow this'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'This path is read-only'],
  request_timeout: [408, 'The request was too slow'],
  source_name_taken: [409, 'The source name is taken'],
  idempotency_key_in_use: [409, 'The first request with this key is still in progress'],
  already_provisioned: [409, 'The source already exists at AWS'],
  not_replayable: [409, 'This onboarding cannot be replayed now'],
  not_retryable: [409, 'This onboarding cannot be retried'],
  attempt_running: [409, 'A worker is processing this onboarding'],
  not_cancellable: [409, 'This onboarding has ended'],
  not_provisioned: [409, 'This onboarding is not provisioned'],
  region_draining: [409, 'The Region is draining'],
  region_paused: [409, 'Calls to AWS in this Region are stopped'],
  no_hold: [409, 'No missing sources to judge'],
  replay_ended: [409, 'This replay has ended'],
  no_webhook_url: [409, 'WEBHOOK_URL is not set'],
  body_too_large: [413, 'The body is too large'],
  json_too_complex: [413, 'The JSON is too complex'],
  unsupported_media_type: [415, 'The content type is not supported'],
  idempotency_key_reused: [422, 'The key was used for another request'],
  nothing_matched: [422, 'Nothing matches the filter'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal_error: [500, 'Internal error'],
  ledger_unavailable: [503, 'The ledger is unavailable'],
  queue_unavailable: [503, 'The queue is unavailable'],
  aws_unavailable: [503, 'AWS is unavailable'],
  not_ready: [503, 'The service is starting or stopping'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];
