/**
 * Looks for what ALERT_WEBHOOK_URL is to be told and that no write of the ledger tells by itself: Redis and the ledger away and
 * back, Regions that are off, and many failures of one cause. Run by each `webhooks` process; the ledger sees to it that each is
 * told once. While the ledger itself is away, the process that first notes it in Redis sends the message.
 */
import { alertChanges, FAILURES_WITHIN_MS, type AlertLook } from '../domain/alert.ts';
import type { Region } from '../domain/region.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
import type { CircuitStore, Clock, JobQueue, Ledger, Log } from '../ports.ts';
import type { AlertLedger } from '../ports/alert-ledger.ts';
import { createLedgerWatch, type LedgerWatchDeps } from './ledger-watch.ts';

export interface WatchDeps extends LedgerWatchDeps {
  readonly ledger: AlertLedger & Pick<Ledger, 'ping'>;
  readonly queue: Pick<JobQueue, 'ping'>;
  readonly circuits: CircuitStore;
  readonly regions: readonly Region[];
  /** ALERT_FAILURES. */
  readonly failuresAbove: number;
  /** Tells this process from all others. */
  readonly holder: string;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_EVERY_MS = 2_000;
/** So many looks in a row: the failover of a server is no outage. */
const AWAY_AFTER_LOOKS = 3;

/** Looks until the signal aborts. */
export async function watchAlerts(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const { clock, ledger, queue } = deps;
  const ofLedger = createLedgerWatch(deps);
  const looks = { ledger: createLooks(clock), redis: createLooks(clock) };
  while (!signal.aborted) {
    const [ledgerWorks, redisWorks] = await Promise.all([works(ledger.ping()), works(queue.ping())]);
    const redis = looks.redis(redisWorks);
    const seen = looks.ledger(ledgerWorks);
    await unlessAway(async () => {
      if (typeof seen === 'object') await ofLedger.away(seen.since, signal);
      if (seen === 'usable') await ofLedger.back();
      if (seen === 'usable') await tellChanges(deps, redis);
    }, deps.log).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}

/** Counts the looks at one server that failed in a row. */
function createLooks(clock: Clock): (works: boolean) => AlertLook['redis'] {
  let since: string | undefined;
  let failed = 0;
  return (isWorking) => {
    failed = isWorking ? 0 : failed + 1;
    since = isWorking ? undefined : (since ?? new Date(clock.now()).toISOString());
    if (since === undefined) return 'usable';
    return failed < AWAY_AFTER_LOOKS ? 'unclear' : { since };
  };
}

async function tellChanges(deps: WatchDeps, redis: AlertLook['redis']): Promise<void> {
  const { clock, ledger, regions, circuits, failuresAbove, holder, host, log } = deps;
  const now = clock.now();
  const at = new Date(now).toISOString();
  const memories =
    redis === 'usable'
      ? await Promise.all(
          regions.map(async (region) => [region, await circuits.change(region, (it) => it)] as const),
        )
      : [];
  const [lasting, failures] = await Promise.all([
    ledger.lastingAlerts(),
    ledger.failuresSince(new Date(now - FAILURES_WITHIN_MS).toISOString()),
  ]);
  const look: AlertLook = {
    at,
    host,
    redis,
    circuits: new Map(memories.map(([region, { after }]) => [region, after])),
    failures,
  };
  const { began, ended } = alertChanges(look, lasting, failuresAbove);
  for (const alert of began) {
    const told = await ledger.beginAlert(alert, { at, holder });
    if (told === 'told') log.warn({ ...alert.topic, since: alert.since }, 'alert.began');
  }
  for (const { topic } of ended) {
    const told = await ledger.endAlert(topic, { at, holder });
    if (told === 'told') log.info({ ...topic }, 'alert.ended');
  }
}

const works = async (ping: Promise<void>): Promise<boolean> => {
  try {
    await ping;
    return true;
  } catch (error) {
    if (isAway(error)) return false;
    throw error;
  }
};

/** What is away is looked at again the next time. */
async function unlessAway(look: () => Promise<void>, log: Log): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isAway(error)) throw error;
    log.warn({ err: error }, 'alerts.not_watched');
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof LedgerUnavailableError || error instanceof QueueUnavailableError;
