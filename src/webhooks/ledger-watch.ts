/**
 * The outage of the ledger, which cannot keep its own message: one process sends it directly, without a row. That the ledger is back
 * is a delivery like any other, and tells the whole span, also when the first message did not arrive.
 */
import { alertBody, type AlertSite, type AlertTopic } from '../domain/alert.ts';
import { decideDelivery, type DeliveryPolicy } from '../domain/delivery-policy.ts';
import { deliveryId } from '../domain/ids.ts';
import type { Random } from '../domain/retry-policy.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { Clock, Log } from '../ports.ts';
import type { AlertLedger, OutageNote } from '../ports/alert-ledger.ts';
import type { Send } from './send.ts';

export interface LedgerWatchDeps {
  readonly ledger: Pick<AlertLedger, 'tellLedgerBack'>;
  readonly note: OutageNote;
  readonly send: Send;
  /** ALERT_WEBHOOK_URL: a secret. */
  readonly alertUrl: string;
  readonly site: AlertSite;
  readonly host: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly policy: DeliveryPolicy;
  readonly log: Log;
}

export interface LedgerWatch {
  /** At every look while the ledger is away. */
  away(since: string, signal: AbortSignal): Promise<void>;
  /** At every look while it works. @throws LedgerUnavailableError */
  back(): Promise<void>;
}

/**
 * What this process has to say of an outage. `tries`: of its message, which is next due at `dueAt`. `elsewhere`: another process
 * has the note, until it loses it.
 */
type Telling = { readonly tries: number; readonly dueAt: number } | 'told' | 'elsewhere';

interface Outage {
  readonly since: string;
  readonly telling: Telling;
}

/** A process that has not told yet renews its note at every look, or another one takes over. */
const CLAIMED_MS = 60_000;
/** So that a process that starts after the outage knows of it. */
const TOLD_MS = 86_400_000;
/** Other processes may take a moment longer to notice that the ledger is back. */
const OVER_MS = 30_000;
const OVER = '';

export function createLedgerWatch(deps: LedgerWatchDeps): LedgerWatch {
  const { clock, note, ledger, host, log } = deps;
  const topic: AlertTopic = { about: 'ledger', host };
  let outage: Outage | undefined;
  let isNew = true;
  let isNoted = false;

  const claim = async (since: string): Promise<Telling> => {
    if (isNoted) await unlessAway(note.write(OVER, 1), undefined);
    isNoted = false;
    // Without Redis each process tells it: twice is better than not at all.
    const isFirst = await unlessAway(note.claim(since, CLAIMED_MS), outage === undefined);
    return isFirst ? { tries: 0, dueAt: clock.now() } : 'elsewhere';
  };

  return {
    async away(since, signal) {
      isNew = false;
      const before = outage?.telling ?? 'elsewhere';
      const telling = before === 'elsewhere' ? await claim(since) : before;
      outage = { since, telling };
      if (typeof telling === 'string') return;
      const next =
        clock.now() < telling.dueAt ? telling : await tell(deps, { since, topic, telling }, signal);
      outage = { since, telling: next };
      await unlessAway(note.write(since, next === 'told' ? TOLD_MS : CLAIMED_MS), undefined);
    },
    async back() {
      const noted = isNew ? await unlessAway(note.read(), null) : null;
      const since = outage?.since ?? noted ?? OVER;
      if (since !== OVER) {
        const told = await ledger.tellLedgerBack({ topic, since }, new Date(clock.now()).toISOString());
        if (told === 'told') log.info({ ...topic, since }, 'alert.ended');
        isNoted = true;
      }
      outage = undefined;
      isNew = false;
      if (isNoted)
        isNoted = !(await unlessAway(
          note.write(OVER, OVER_MS).then(() => true),
          false,
        ));
    },
  };
}

/** One call, and what is left to do after it: the same decisions as for every delivery. */
async function tell(
  deps: LedgerWatchDeps,
  { since, topic, telling }: { since: string; topic: AlertTopic; telling: Exclude<Telling, string> },
  signal: AbortSignal,
): Promise<Telling> {
  const { clock, random, randomBytes, policy, log, alertUrl: url, site } = deps;
  const now = clock.now();
  const id = deliveryId(now, randomBytes(16));
  const body = alertBody({ topic, state: 'began', since }, { at: new Date(now).toISOString(), site });
  const result = await deps.send({ id, url, destination: 'alert', body }, signal);
  const { tries } = telling;
  const decision = decideDelivery(result, { now, random, policy, tries, beganAt: Date.parse(since) });
  const fields = { ...topic, since, origin: new URL(url).origin, attempt: tries + 1 };
  if (decision.kind === 'delivered') log.warn(fields, 'alert.began');
  else log.warn({ ...fields, error_name: decision.code }, 'alert.not_sent');
  return decision.kind === 'retry' ? { tries: tries + 1, dueAt: clock.now() + decision.delayMs } : 'told';
}

async function unlessAway<T>(call: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    return otherwise;
  }
}
