import { shown, shownUrl } from '../domain/shown.ts';
import type { CallError } from './answers.ts';

export interface ClientOptions {
  /** Where the service listens, such as `https://onboard.example.com`; a path in front of the API is kept. */
  readonly url: string;
  /** One of the service's `API_TOKENS`. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface EnqueueOptions extends CallOptions {
  /** Makes a repetition of the call, by another process too, get the first one's answer for 24 hours. Default: a new UUID. */
  readonly idempotencyKey?: string | undefined;
  /**
   * Milliseconds for all tries and the waits between them; 0: one try; Infinity: until the signal aborts. Default 30,000;
   * for each call of `enqueueMany` 90,000.
   */
  readonly withinMs?: number;
}

export interface PageOptions extends CallOptions {
  readonly limit?: number;
  /** The `nextCursor` of the page before, with the same filter. */
  readonly cursor?: string | undefined;
}

export interface ChangeOptions extends CallOptions {
  /** The same checks, nothing written: the value is what would be. */
  readonly dryRun?: boolean | undefined;
}

/** How a CSV is read whose header does not name the request's fields. */
export interface ImportOptions extends ChangeOptions {
  /** One character, or `comma`, `semicolon`, `tab`, `pipe`. Default: that of the header. */
  readonly delimiter?: string | undefined;
  /** The column that fills a field, by its name in the header. */
  readonly map?: Readonly<Record<string, string>>;
  /** Values for empty cells and missing columns, by field. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Templates such as `customers/{customerId}`, of fields and columns. */
  readonly eventNamespace?: string | undefined;
  readonly eventName?: string | undefined;
}

/** Why it is done; kept in the audit with the token's name. */
export interface ReasonGiven {
  readonly reason: string;
}

interface Refusal {
  readonly ok: false;
  readonly error: CallError;
}

/** The longest that a timer can wait, 24.8 days; a longer time, or one that is no number, would end at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * The refusal of a number that lies outside its bounds (both included) or is none, such as `Number(undefined)`, as the
 * service itself would give it. Undefined: it is in order, or was not given.
 */
export function refusedNumber(
  field: string,
  value: number | undefined,
  { min, max }: { min: number; max: number },
): Refusal | undefined {
  if (value === undefined || (typeof value === 'number' && value >= min && value <= max)) return undefined;
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return refused(field, `must be a number ${range}, not ${shown(value)}.`);
}

/** The refusal of a body with a number that JSON does not have: `JSON.stringify` would send null in its place. */
export function refusedJson(json: unknown): Refusal | undefined {
  let refusal: Refusal | undefined;
  JSON.stringify(json, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value))
      refusal ??= refused(key, `must be a finite number, not ${value}.`);
    return value;
  });
  return refusal;
}

/** What is wrong with the address of a service; undefined: nothing. `fetch` takes no user names. */
export function urlFault(url: string): string | undefined {
  if (/^https?:\/\/\S+$/i.test(url) && URL.canParse(url)) {
    const { username, password } = new URL(url);
    if (username + password === '') return undefined;
  }
  // JavaScript's callers pass what an unset variable gives, too.
  const given = typeof url === 'string' ? shownUrl(url) : shown(url);
  return `must be an http:// or https:// address without user name and password, not ${given}.`;
}

/** A problem as the service itself would answer it. */
function refused(field: string, must: string): Refusal {
  const detail = `${field} ${must}`;
  return { ok: false, error: { kind: 'problem', status: 400, code: 'invalid_request', detail, field } };
}

const KEY_HEADER = 'Idempotency-Key';
/** What the service takes, and any fetch can send. */
const KEY = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** The header under which a call may be repeated, or the refusal that the service itself would give. */
export function keyHeader(
  key: string,
): { readonly ok: true; readonly headers: Readonly<Record<string, string>> } | Refusal {
  if (KEY.test(key)) return { ok: true, headers: { [KEY_HEADER]: key } };
  return refused(
    KEY_HEADER,
    `must be 1 to 255 printable ASCII characters without a space at its ends, such as a UUID, not ${shown(key)}.`,
  );
}
