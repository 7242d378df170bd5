import { CIRCUIT_STATES, type CircuitMemory } from '../../domain/circuit.ts';
import type { DeliveryBacklog } from '../../domain/delivery.ts';
import type { Hold } from '../../domain/hold.ts';
import { CONNECTIONS } from '../../domain/onboarding.ts';
import { OPEN_STATUSES } from '../../domain/state-machine.ts';
import type { Backlog, LedgerCounts } from '../../domain/listing.ts';
import type { RegionQueueCounts } from '../../domain/job.ts';
import type { Region } from '../../domain/region.ts';
import type { JobQueue, Ledger } from '../../ports.ts';
import type { EventFeed } from '../../ports/event-feed.ts';
import type { RateGate } from '../../ports/rate-gate.ts';
import type { Sample, ServiceMetrics } from './registry.ts';
import { sharedRead, type Sharing } from './shared-read.ts';

export interface ScrapeDeps {
  readonly metrics: Pick<ServiceMetrics, 'show' | 'text'>;
  readonly health: { readonly ledger: () => Promise<string>; readonly redis: () => Promise<string> };
  readonly ledger: Pick<
    Ledger,
    'backlog' | 'counts' | 'countOverdue' | 'deliveryBacklog' | 'runningReplays'
  > & {
    readonly events: Pick<EventFeed, 'waiting'>;
  };
  readonly queue: Pick<JobQueue, 'counts' | 'running'>;
  readonly rateGate: Pick<RateGate, 'rate'>;
  readonly regions: readonly Region[];
  readonly quotaPerSecond: number;
  readonly regionStates: () => Promise<readonly RegionFigures[]>;
  /** What this process runs, and what of it is down now. */
  readonly parts: readonly string[];
  /** What has to run somewhere. */
  readonly everyPart: readonly string[];
  readonly troubles: () => Readonly<Record<string, string>>;
}

export interface RegionFigures {
  readonly region: Region;
  /** Null where Redis did not answer in time. */
  readonly circuit: Pick<CircuitMemory, 'state' | 'off'> | null;
  readonly pause: Hold | null;
  readonly drain: Hold | null;
  /** Not null while its looks are stopped by missing sources. */
  readonly checksHeld: object | null;
}

type Source = () => Promise<readonly Sample[]>;

/** Where counting ends: a queue of events that is longer is too long in any case. */
const EVENTS_COUNTED = 10_000;

/** Many scrapers ask for no more than one, and whatever is down costs a scrape a second. */
const SHARING: Sharing = { withinMs: 1_000, keepMs: 1_000 };

/**
 * Reads what is not counted as it happens, then gives everything as text. Never rejects for Redis or the ledger: what
 * did not answer in time is left out, and its `_up` is 0.
 */
export function createScrape(deps: ScrapeDeps): () => Promise<string> {
  const { metrics, ledger, queue, rateGate, quotaPerSecond, health, everyPart } = deps;
  const sources: readonly Source[] = [
    upOf('onboard_ledger_up', health.ledger),
    upOf('onboard_redis_up', health.redis),
    sourceOf(
      () => queue.running(everyPart),
      (running) =>
        everyPart.map((part): Sample => ['onboard_part_running', { part }, isTrue(running.includes(part))]),
    ),
    sourceOf(
      () => ledger.backlog(),
      (backlog) => openSamples(backlog, deps.regions),
    ),
    sourceOf(
      () => ledger.events.waiting(EVENTS_COUNTED),
      (count) => [['onboard_events_waiting', {}, count]],
    ),
    sourceOf(
      () => ledger.runningReplays(),
      (count) => [['onboard_replays_running', {}, count]],
    ),
    sourceOf(() => ledger.deliveryBacklog(), deliverySamples),
    sourceOf(
      () => ledger.counts(),
      ({ byRegion }) => connectionSamples(byRegion, deps.regions),
    ),
    sourceOf(
      () => ledger.countOverdue(),
      (overdue) => overdueSamples(overdue, deps.regions),
    ),
    sourceOf(deps.regionStates, (states) => states.flatMap(stateSamples)),
    ...deps.regions.flatMap((region) => [
      sourceOf(
        () => queue.counts(region),
        (counts) => queueSamples(region, counts),
      ),
      sourceOf(
        () => rateGate.rate(region),
        ({ perSecond }) => [['onboard_aws_rate_per_second', { region }, perSecond]],
      ),
    ]),
  ];
  return async () => {
    const read = await Promise.all(sources.map((source) => source()));
    const troubles = deps.troubles();
    metrics.show([
      ...read.flat(),
      ...deps.regions.map((region): Sample => ['onboard_aws_quota_per_second', { region }, quotaPerSecond]),
      ...deps.parts.map((part): Sample => [
        'onboard_part_up',
        { part },
        isTrue(troubles[part] === undefined),
      ]),
    ]);
    return metrics.text();
  };
}

function upOf(name: 'onboard_ledger_up' | 'onboard_redis_up', health: () => Promise<string>): Source {
  const shared = sharedRead(health, SHARING);
  return async () => [[name, {}, isTrue((await shared()) === 'ok')]];
}

/** A Region without open onboardings shows zeros, so that a rule sees the end of a backlog. */
function openSamples(backlog: readonly Backlog[], regions: readonly Region[]): readonly Sample[] {
  const all = new Set<string>([...regions, ...backlog.map(({ region }) => region)]);
  return [...all].flatMap((region) =>
    OPEN_STATUSES.flatMap((status): readonly Sample[] => {
      const found = backlog.find((it) => it.region === region && it.status === status);
      const labels = { region, status };
      const count: Sample = ['onboard_open', labels, found?.count ?? 0];
      if (found?.oldestMs === null) return [count];
      return [count, ['onboard_open_oldest_seconds', labels, seconds(found?.oldestMs ?? null)]];
    }),
  );
}

/** Zeros where there are none, as above. */
function connectionSamples(
  byRegion: LedgerCounts['byRegion'],
  regions: readonly Region[],
): readonly Sample[] {
  return regions.flatMap((region) => {
    const found = byRegion.find((one) => one.region === region);
    return CONNECTIONS.map((connection): Sample => [
      'onboard_sources',
      { region, connection },
      found?.byConnection[connection] ?? 0,
    ]);
  });
}

const overdueSamples = (
  overdue: readonly { readonly region: string; readonly count: number }[],
  regions: readonly Region[],
): readonly Sample[] =>
  regions.map((region) => [
    'onboard_source_checks_overdue',
    { region },
    overdue.find((one) => one.region === region)?.count ?? 0,
  ]);

function sourceOf<T>(read: () => Promise<T>, samples: (answer: T) => readonly Sample[]): Source {
  const shared = sharedRead(async () => read(), SHARING);
  return async () => {
    const answer = await shared();
    return answer === undefined ? [] : samples(answer);
  };
}

function queueSamples(region: Region, counts: RegionQueueCounts): readonly Sample[] {
  return [
    ...(['waiting', 'active', 'delayed'] as const).map((state): Sample => [
      'onboard_queue_jobs',
      { region, state },
      counts[state],
    ]),
    ['onboard_queue_overdue_jobs', { region }, counts.overdue],
    ['onboard_queue_oldest_waiting_seconds', { region }, seconds(counts.oldestWaitingMs)],
  ];
}

function stateSamples({ region, circuit, pause, drain, checksHeld }: RegionFigures): readonly Sample[] {
  const held: readonly Sample[] = [
    ['onboard_region_paused', { region }, isTrue(pause !== null)],
    ['onboard_region_draining', { region }, isTrue(drain !== null)],
    ['onboard_region_checks_held', { region }, isTrue(checksHeld !== null)],
  ];
  if (circuit === null) return held;
  return [
    ...held,
    ['onboard_region_off', { region }, isTrue(circuit.off !== null)],
    ...CIRCUIT_STATES.map((state): Sample => [
      'onboard_region_circuit',
      { region, state },
      isTrue(circuit.state === state),
    ]),
  ];
}

function deliverySamples({
  waiting,
  oldestMs,
  endpointsFailing,
  endpointsDisabled,
}: DeliveryBacklog): readonly Sample[] {
  return [
    ['onboard_deliveries_waiting', {}, waiting],
    ['onboard_deliveries_oldest_waiting_seconds', {}, seconds(oldestMs)],
    ['onboard_endpoints_failing', {}, endpointsFailing],
    ['onboard_endpoints_disabled', {}, endpointsDisabled],
  ];
}

const isTrue = (fact: boolean): number => (fact ? 1 : 0);

/** Null: nothing waits. Two machines' clocks may differ by more than a wait took. */
const seconds = (ms: number | null): number => Math.max(0, ms ?? 0) / 1_000;
