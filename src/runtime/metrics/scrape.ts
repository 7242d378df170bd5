import type { RegionQueueCounts } from '../../domain/job.ts';
import type { Region } from '../../domain/region.ts';
import type { EventFeed, JobQueue, Ledger } from '../../ports.ts';
import type { Figures, RegionFigures, ServiceMetrics } from './registry.ts';
import { sharedRead, type Sharing } from './shared-read.ts';

export interface ScrapeDeps {
  readonly metrics: Pick<ServiceMetrics, 'show' | 'text'>;
  readonly ledger: Pick<Ledger, 'ping' | 'deliveryBacklog' | 'runningReplays'> & {
    readonly events: Pick<EventFeed, 'waiting'>;
  };
  readonly queue: Pick<JobQueue, 'ping' | 'counts'>;
  readonly regions: readonly Region[];
  readonly quotaPerSecond: number;
  readonly regionStates: () => Promise<readonly RegionFigures[]>;
  /** What this process runs, and what of it is down now. */
  readonly parts: readonly string[];
  readonly troubles: () => Readonly<Record<string, string>>;
}

/** Answers with Prometheus' text. */
export type Scrape = () => Promise<string>;

/** Where counting ends: a queue of events that is longer is too long in any case. */
const EVENTS_COUNTED = 10_000;

/** Many scrapers ask for no more than one, and whatever is down costs a scrape a second. */
const SHARING: Sharing = { withinMs: 1_000, keepMs: 1_000 };

/**
 * Reads what is not counted as it happens, then gives everything as text. Never rejects for Redis or the ledger: what
 * did not answer in time is left out, and its `_up` is 0.
 */
export function createScrape(deps: ScrapeDeps): Scrape {
  const ledgerUp = sharedRead(async () => deps.ledger.ping().then(() => true), SHARING);
  const redisUp = sharedRead(async () => deps.queue.ping().then(() => true), SHARING);
  const eventsWaiting = sharedRead(async () => deps.ledger.events.waiting(EVENTS_COUNTED), SHARING);
  const states = sharedRead(deps.regionStates, SHARING);
  const deliveries = sharedRead(async () => deps.ledger.deliveryBacklog(), SHARING);
  const replays = sharedRead(async () => deps.ledger.runningReplays(), SHARING);
  const queues = deps.regions.map((region) => ({
    region,
    counts: sharedRead<RegionQueueCounts>(async () => deps.queue.counts(region), SHARING),
  }));

  const read = async (): Promise<Figures> => {
    const [ledger, redis, waiting, known, backlog, running, ...regions] = await Promise.all([
      ledgerUp(),
      redisUp(),
      eventsWaiting(),
      states(),
      deliveries(),
      replays(),
      ...queues.map(async ({ region, counts }) => ({ region, queue: await counts() })),
    ]);
    const troubles = deps.troubles();
    return {
      ledgerUp: ledger === true,
      redisUp: redis === true,
      eventsWaiting: waiting,
      quotaPerSecond: deps.quotaPerSecond,
      regions,
      states: known,
      deliveries: backlog,
      replaysRunning: running,
      parts: deps.parts.map((part) => ({ part, up: troubles[part] === undefined })),
    };
  };
  return async () => {
    deps.metrics.show(await read());
    return deps.metrics.text();
  };
}
