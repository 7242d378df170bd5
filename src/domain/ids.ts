/** Identity of an onboarding: `onb_` and a ULID in lower case, so that text order is time order. */
export type OnboardingId = string & { readonly __brand: 'OnboardingId' };

/** Identity of an import: `imp_` and a ULID. */
export type ImportId = string & { readonly __brand: 'ImportId' };

/** Identity of a webhook delivery, its `webhook-id`: `evt_` and a ULID. */
export type DeliveryId = string & { readonly __brand: 'DeliveryId' };

/** Identity of a replay of many: `rpl_` and a ULID. */
export type ReplayId = string & { readonly __brand: 'ReplayId' };

/** What each id begins with. */
interface Ids {
  readonly onb: OnboardingId;
  readonly imp: ImportId;
  readonly evt: DeliveryId;
  readonly rpl: ReplayId;
}

/** The digits of a ULID. */
export const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

export const onboardingId = maker('onb');
export const importId = maker('imp');
export const deliveryId = maker('evt');
export const replayId = maker('rpl');

export const isOnboardingId = guard('onb');
export const isImportId = guard('imp');
export const isDeliveryId = guard('evt');
export const isReplayId = guard('rpl');

/**
 * Comes before every onboarding's id of an instant or later, and after every one of before; the same for other ids.
 * @param atMs milliseconds since 1970; below 0 counts as 0
 */
export function firstIdAt(atMs: number, prefix: keyof Ids = 'onb'): string {
  return `${prefix}_${ulidTime(Math.max(0, atMs))}`;
}

/** The queue's job id; a replay gets a new one, because BullMQ drops an add whose id it still knows in any state. */
export function jobId(id: OnboardingId, replays: number): string {
  return `${id}-r${replays}`;
}

/** Makes ids: of milliseconds since 1970, 0 to 2^48-1, and 16 bytes of randomness, each giving 5 bits. */
function maker<P extends keyof Ids>(prefix: P): (atMs: number, random: Uint8Array) => Ids[P] {
  return (atMs, random) => {
    let id = `${prefix}_${ulidTime(atMs)}`;
    for (let index = 0; index < RANDOM_CHARACTERS; index += 1) {
      id += CROCKFORD.charAt((random[index] ?? 0) & 31);
    }
    return id as Ids[P];
  };
}

function guard<P extends keyof Ids>(prefix: P): (input: string) => input is Ids[P] {
  const form = new RegExp(`^${prefix}_[${CROCKFORD}]{26}$`);
  return (input): input is Ids[P] => form.test(input);
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
