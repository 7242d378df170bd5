import type { CircuitNews, EndpointNews, TestNews } from '../domain/delivery.ts';
import type { Onboarding } from '../domain/onboarding.ts';

/** How an onboarding ended, or how its source fared then. Of two events of one onboarding the one with the higher number is the later truth. */
export interface OnboardingEvent {
  readonly type:
    | 'onboarding.provisioned'
    | 'onboarding.failed'
    | 'onboarding.cancelled'
    | 'source.connected'
    | 'source.disconnected'
    | 'source.expired'
    | 'source.removed';
  readonly timestamp: string;
  readonly number: number;
  /** A success that AWS confirmed after the machine had given up. */
  readonly late: boolean;
  readonly data: Onboarding;
}

/** The customer has not accepted the source, and it expires soon. */
export interface SourceExpiringEvent extends Omit<OnboardingEvent, 'type'> {
  readonly type: 'source.expiring';
  readonly hoursLeft: number;
}

export type WebhookEvent =
  | OnboardingEvent
  | SourceExpiringEvent
  | {
      readonly type: 'region.circuitOpened' | 'region.circuitClosed';
      readonly timestamp: string;
      readonly data: CircuitNews;
    }
  | { readonly type: 'deliveries.disabled'; readonly timestamp: string; readonly data: EndpointNews }
  | { readonly type: 'webhook.test'; readonly timestamp: string; readonly data: TestNews };

export type WebhookRefusal =
  /** One of the three `webhook-` headers is missing or is not what it should be. */
  | 'invalid_headers'
  /**
   * It was signed too long ago, or in the future: a replay attack, or a wrong clock. Also where
   * `toleranceSeconds` or `now` is no number.
   */
  | 'invalid_timestamp'
  /** None of the secrets signed it. */
  | 'invalid_signature'
  /** It is signed, and is not an event. */
  | 'invalid_body';

export type VerifiedWebhook =
  /** `id` is the same each time the event is sent: what was seen with it before needs no second look. */
  | { readonly ok: true; readonly id: string; readonly event: WebhookEvent }
  | { readonly ok: false; readonly reason: WebhookRefusal };

export interface WebhookRequest {
  /** As the server gives them: names are compared without regard to case. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Exactly as it came: a body that was parsed and written again is another one. */
  readonly body: string | Uint8Array;
  /** `whsec_…`; one of them has to have signed. */
  readonly secrets: readonly string[];
  /** How far the sender's clock and the way may be off, in seconds (300). NaN refuses every webhook. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since 1970. NaN refuses every webhook. */
  readonly now?: number;
}

const PREFIX = 'whsec_';
const TOLERANCE_SECONDS = 300;

/**
 * Checks that a request is one of ours, unchanged and recent, by the Standard Webhooks convention, and reads it. Uses
 * Web Crypto alone, whose comparison takes the same time whatever differs.
 * @throws TypeError for mistakes of the caller's, with the fix: a parsed body, no secret, one that is not `whsec_` and base64
 */
export async function verifyWebhook(request: WebhookRequest): Promise<VerifiedWebhook> {
  const { headers, body, secrets, toleranceSeconds = TOLERANCE_SECONDS, now = Date.now() } = request;
  const keys = keysOf(secrets);
  if (typeof body !== 'string' && !ArrayBuffer.isView(body)) throw new TypeError(PARSED_BODY);
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const signature = header(headers, 'webhook-signature');
  if (!id || !signature || timestamp === undefined || !/^[0-9]{1,15}$/.test(timestamp))
    return { ok: false, reason: 'invalid_headers' };
  // Asked this way round, a comparison with NaN, such as Number(undefined), refuses too.
  const isRecent = Math.abs(now / 1_000 - Number(timestamp)) <= toleranceSeconds;
  if (!isRecent) return { ok: false, reason: 'invalid_timestamp' };
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  const isOurs = await isSignedBy(keys, signed, signaturesIn(signature));
  if (!isOurs) return { ok: false, reason: 'invalid_signature' };
  const event = eventIn(bytes);
  return event === undefined ? { ok: false, reason: 'invalid_body' } : { ok: true, id, event };
}

type Bytes = Uint8Array<ArrayBuffer>;

const PARSED_BODY =
  'Pass the raw body, a string or a Uint8Array as it was received: a parsed body cannot be verified. In Express, use express.raw({ type: "application/json" }) for this route, before any express.json().';

/** @param secrets from JavaScript anything, such as what an unset variable leaves */
function keysOf(secrets: readonly unknown[]): readonly Bytes[] {
  if (!Array.isArray(secrets) || secrets.length === 0)
    throw new TypeError('Pass the secrets as a list with at least one: [process.env.WEBHOOK_SECRET].');
  return secrets.map(keyOf);
}

function keyOf(secret: unknown): Bytes {
  if (typeof secret !== 'string' || secret === '')
    throw new TypeError(`A secret is ${secret === '' ? 'empty' : typeof secret}: is WEBHOOK_SECRET set?`);
  const key = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : undefined;
  if (key === undefined || key.length === 0)
    throw new TypeError('A secret must be whsec_ and a key in base64.');
  return key;
}

function header(headers: WebhookRequest['headers'], name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : found?.[0];
}

/** Those of the version that is known; a later one may stand beside them. */
function signaturesIn(header: string): readonly Bytes[] {
  return header
    .split(' ')
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => fromBase64(entry.slice(3)))
    .filter((bytes) => bytes !== undefined);
}

async function isSignedBy(
  keys: readonly Bytes[],
  signed: Bytes,
  signatures: readonly Bytes[],
): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  for (const bytes of keys) {
    const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
    for (const signature of signatures) {
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true;
    }
  }
  return false;
}

function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Bytes {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** What is signed is believed as to its members; here only that it is an event at all. */
function eventIn(bytes: Uint8Array): WebhookEvent | undefined {
  try {
    const event: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof event !== 'object' || event === null) return undefined;
    const { type, timestamp, data } = event as Record<string, unknown>;
    const isEvent = typeof type === 'string' && typeof timestamp === 'string' && typeof data === 'object';
    return isEvent ? (event as WebhookEvent) : undefined;
  } catch {
    return undefined;
  }
}
