/** Identity of an onboarding: `onb_` and a ULID in lower case, so that text order is time order. */
export type OnboardingId = string & { readonly __brand: 'OnboardingId' };

/** Identity of an import: `imp_` and a ULID. */
export type ImportId = string & { readonly __brand: 'ImportId' };

/** Identity of a webhook delivery, its `webhook-id`: `evt_` and a ULID. */
export type DeliveryId = string & { readonly __brand: 'DeliveryId' };

/** Identity of a replay of many: `rpl_` and a ULID. */
export type ReplayId = string & { readonly __brand: 'ReplayId' };

/** The digits of a ULID. */
export const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;
const IMPORT_ID = /^imp_[0-9a-hjkmnp-tv-z]{26}$/;
const DELIVERY_ID = /^evt_[0-9a-hjkmnp-tv-z]{26}$/;
const REPLAY_ID = /^rpl_[0-9a-hjkmnp-tv-z]{26}$/;
const ONBOARDING_ID = /^onb_[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * Makes an onboarding id.
 * @param atMs milliseconds since 1970, 0 to 2^48-1
 * @param random 16 bytes of randomness, each giving 5 bits
 */
export function onboardingId(atMs: number, random: Uint8Array): OnboardingId {
  return `onb_${ulid(atMs, random)}` as OnboardingId;
}

export function importId(atMs: number, random: Uint8Array): ImportId {
  return `imp_${ulid(atMs, random)}` as ImportId;
}

export function deliveryId(atMs: number, random: Uint8Array): DeliveryId {
  return `evt_${ulid(atMs, random)}` as DeliveryId;
}

export function replayId(atMs: number, random: Uint8Array): ReplayId {
  return `rpl_${ulid(atMs, random)}` as ReplayId;
}

/**
 * Comes before every onboarding's id of an instant or later, and after every one of before.
 * @param atMs milliseconds since 1970; below 0 counts as 0
 */
export function firstIdAt(atMs: number): string {
  return `onb_${ulidTime(Math.max(0, atMs))}`;
}

export function isOnboardingId(input: string): input is OnboardingId {
  return ONBOARDING_ID.test(input);
}

export function isImportId(input: string): input is ImportId {
  return IMPORT_ID.test(input);
}

export function isDeliveryId(input: string): input is DeliveryId {
  return DELIVERY_ID.test(input);
}

export function isReplayId(input: string): input is ReplayId {
  return REPLAY_ID.test(input);
}

/** The queue's job id; a replay gets a new one, because BullMQ drops an add whose id it still knows in any state. */
export function jobId(id: OnboardingId, replays: number): string {
  return `${id}-r${replays}`;
}

function ulid(atMs: number, random: Uint8Array): string {
  let id = ulidTime(atMs);
  for (let index = 0; index < RANDOM_CHARACTERS; index += 1) {
    id += CROCKFORD.charAt((random[index] ?? 0) & 31);
  }
  return id;
}

function ulidTime(atMs: number): string {
  let time = '';
  let rest = Math.floor(atMs);
  for (let index = 0; index < TIME_CHARACTERS; index += 1) {
    time = CROCKFORD.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  return time;
}
