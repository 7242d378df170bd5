import { OUTCOME_KINDS, type AttemptOutcomeKind } from './outcome-kind.ts';

/**
 * The create response and its error variants as JSON and back, unchanged. Everything that the ledger stores
 * and the API serves goes through here.
 */

/** AWS models every output field as optional, `EventSourceArn` included (botocore, events/2015-10-07). */
export interface CreateResponse {
  readonly eventSourceArn?: string;
}

/** The errors that AWS models for CreatePartnerEventSource; any other name is kept as it came. */
export const CREATE_ERROR_CODES = [
  'ConcurrentModificationException',
  'InternalException',
  'LimitExceededException',
  'OperationDisabledException',
  'ResourceAlreadyExistsException',
] as const;

export type KnownCreateErrorCode = (typeof CREATE_ERROR_CODES)[number];

/** A known name, or any other text: `string & {}` keeps the known ones visible to an editor. */
export type CreateErrorCode = KnownCreateErrorCode | (string & {});

/** An error variant of the create call: AWS's own name and message, and what is known beside them. `at` is ISO 8601 in UTC. */
export interface CreateError {
  readonly code: CreateErrorCode;
  readonly kind?: AttemptOutcomeKind;
  readonly message: string;
  readonly retryable?: boolean;
  readonly requestId?: string;
  readonly at?: string;
}

/** A create error that has been judged: the one that is stored and served. */
export interface ProvisioningError extends CreateError {
  readonly kind: AttemptOutcomeKind;
  readonly retryable: boolean;
  readonly at: string;
}

/** A JSON document that is neither a create response nor a create error: `path` names the member that is wrong. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly path: string;

  constructor(path: string, expected: string) {
    super(`${path}: expected ${expected}`);
    this.path = path;
  }
}

export function responseToJson(response: CreateResponse): CreateResponse {
  return response.eventSourceArn === undefined ? {} : { eventSourceArn: response.eventSourceArn };
}

/** Reads a create response; throws a {@link CodecError} for anything else. A missing ARN stays missing. */
export function responseFromJson(json: unknown): CreateResponse {
  const object = asObject(json, 'response');
  const eventSourceArn = text(object, 'eventSourceArn', 'response');
  return eventSourceArn === undefined ? {} : { eventSourceArn };
}

/** Writes a create error. Members that the value does not have are left out, not made null. */
export function errorToJson<E extends CreateError>(error: E): E {
  const { code, kind, message, retryable, requestId, at } = error;
  return withoutAbsent({ code, kind, message, retryable, requestId, at }) as E;
}

/**
 * Reads a create error, judged or not: an unknown code is kept with its message. Throws a {@link CodecError}
 * that names the member that is wrong.
 */
export function errorFromJson(json: unknown): CreateError {
  const object = asObject(json, 'error');
  const code = text(object, 'code');
  const message = text(object, 'message');
  if (code === undefined || code === '') throw new CodecError('error.code', 'a name');
  if (message === undefined) throw new CodecError('error.message', 'text');
  return withoutAbsent({
    code,
    kind: outcomeKind(object['kind']),
    message,
    retryable: flag(object['retryable']),
    requestId: text(object, 'requestId'),
    at: text(object, 'at'),
  });
}

/** True when the error carries its judgement, as every stored one does. */
export function isProvisioningError(error: CreateError): error is ProvisioningError {
  return error.kind !== undefined && error.retryable !== undefined && error.at !== undefined;
}

type Members = { readonly [K in keyof Required<CreateError>]: CreateError[K] | undefined };

function withoutAbsent(members: Members): CreateError {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as unknown as CreateError;
}

function asObject(json: unknown, path: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new CodecError(path, 'an object');
  return json as Record<string, unknown>;
}

/** JSON has no `undefined`: null and a missing member both mean "AWS did not say". */
function text(object: Record<string, unknown>, member: string, path = 'error'): string | undefined {
  const value = object[member] ?? undefined;
  if (value !== undefined && typeof value !== 'string') throw new CodecError(`${path}.${member}`, 'text');
  return value;
}

function outcomeKind(value: unknown): AttemptOutcomeKind | undefined {
  if (value === undefined || value === null) return undefined;
  const kind = OUTCOME_KINDS.find((candidate) => candidate === value);
  if (kind === undefined) throw new CodecError('error.kind', `one of ${OUTCOME_KINDS.join(', ')}`);
  return kind;
}

function flag(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw new CodecError('error.retryable', 'true or false');
  return value;
}
