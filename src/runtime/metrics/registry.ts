/**
 * The Metrics port by prom-client, and the text that Prometheus reads. One for a process, made by the mains. Counters
 * and histograms are of this process alone; gauges are set from figures that are read for a scrape (scrape.ts).
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { errorCodeLabel } from '../../domain/error-code-label.ts';
import { CIRCUIT_STATES, type CircuitMemory } from '../../domain/circuit.ts';
import { DESTINATIONS, type DeliveryBacklog } from '../../domain/delivery.ts';
import type { Hold } from '../../domain/hold.ts';
import type { RegionQueueCounts } from '../../domain/job.ts';
import type { Region } from '../../domain/region.ts';
import type { Metrics } from '../../ports.ts';
import { CATALOGUE, type MetricName } from './catalogue.ts';

/** What is read for a scrape. `queue` is undefined where Redis did not answer in time. */
export interface Figures {
  readonly ledgerUp: boolean;
  /** Undefined where the ledger did not answer in time. */
  readonly eventsWaiting: number | undefined;
  readonly redisUp: boolean;
  readonly quotaPerSecond: number;
  readonly regions: readonly { region: Region; queue: RegionQueueCounts | undefined }[];
  readonly parts: readonly { part: string; up: boolean }[];
  /** Undefined where the ledger did not answer in time; a circuit is null where Redis did not. */
  readonly states: readonly RegionFigures[] | undefined;
  /** Undefined where the ledger did not answer in time. */
  readonly deliveries: DeliveryBacklog | undefined;
  /** Undefined where the ledger did not answer in time. */
  readonly replaysRunning: number | undefined;
}

export interface RegionFigures {
  readonly region: Region;
  readonly circuit: Pick<CircuitMemory, 'state' | 'off'> | null;
  readonly pause: Hold | null;
  readonly drain: Hold | null;
}

export interface ServiceMetrics extends Metrics {
  /** Replaces the gauges: what is not known any more is not shown. */
  show(figures: Figures): void;
  /** Prometheus' text format, version 0.0.4. */
  text(): Promise<string>;
}

export interface MetricsOptions {
  readonly version: string;
  readonly regions: readonly Region[];
  /** Memory, event loop and garbage collection of the process as well; those observers live as long as it does. */
  readonly ofProcess: boolean;
}

export function createMetrics({ version, regions, ofProcess }: MetricsOptions): ServiceMetrics {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  gaugeIn(registry, 'onboard_build_info').set({ version, node: process.version }, 1);
  return {
    ...countersIn(registry, regions),
    ...durationsIn(registry),
    show: gaugesIn(registry),
    text: () => registry.metrics(),
  };
}

type Counting =
  | 'requested'
  | 'attempted'
  | 'roundEnded'
  | 'succeededAfterCancel'
  | 'jobStalled'
  | 'jobsRescued'
  | 'replayed'
  | 'deliveryTried'
  | 'streamOpened'
  | 'streamEnded';

function countersIn(registry: Registry, regions: readonly Region[]): Pick<Metrics, Counting> {
  const requests = counterIn(registry, 'onboard_intake_requests_total');
  const attempts = counterIn(registry, 'onboard_attempts_total');
  const rounds = counterIn(registry, 'onboard_rounds_total');
  const afterCancel = counterIn(registry, 'onboard_success_after_cancel_total');
  const stalled = counterIn(registry, 'onboard_jobs_stalled_total');
  const rescued = counterIn(registry, 'onboard_jobs_rescued_total');
  const replayed = counterIn(registry, 'onboard_replayed_total');
  const streams = gaugeIn(registry, 'onboard_event_streams');
  const streamEnds = counterIn(registry, 'onboard_event_streams_ended_total');
  const deliveries = counterIn(registry, 'onboard_deliveries_total');
  // An alert on the first of its kind needs a 0 to compare with.
  for (const region of regions) {
    stalled.inc({ region }, 0);
    afterCancel.inc({ region }, 0);
    attempts.inc({ region, outcome: 'conflict', code: 'AccountConflict' }, 0);
  }
  for (const destination of DESTINATIONS) deliveries.inc({ destination, result: 'failed' }, 0);
  return {
    requested: (via, result, count = 1) => requests.inc({ via, result }, count),
    attempted: (region, outcome, code) => attempts.inc({ region, outcome, code: errorCodeLabel(code) }),
    roundEnded: ({ region, lane }, end, code) =>
      rounds.inc({ region, lane, end, code: errorCodeLabel(code) }),
    succeededAfterCancel: (region) => afterCancel.inc({ region }),
    jobStalled: (region) => stalled.inc({ region }),
    jobsRescued: (count) => rescued.inc(count),
    replayed: (count) => replayed.inc(count),
    streamOpened: () => streams.inc(),
    streamEnded(end) {
      streams.dec();
      streamEnds.inc({ end });
    },
    deliveryTried: (destination, result) => deliveries.inc({ destination, result }),
  };
}

function durationsIn(registry: Registry): Omit<Metrics, Counting> {
  const jobWaits = histogramIn(registry, 'onboard_job_wait_seconds');
  const ways = histogramIn(registry, 'onboard_time_to_provisioned_seconds');
  const awsCalls = histogramIn(registry, 'onboard_aws_call_duration_seconds');
  const slotWaits = histogramIn(registry, 'onboard_aws_slot_wait_seconds');
  const ledgerCalls = histogramIn(registry, 'onboard_ledger_call_duration_seconds');
  const httpRequests = histogramIn(registry, 'onboard_http_request_duration_seconds');
  return {
    jobStarted: ({ region, lane }, waitedMs) => jobWaits.observe({ region, lane }, seconds(waitedMs)),
    provisioned: ({ region, lane }, tookMs) => ways.observe({ region, lane }, seconds(tookMs)),
    awsCalled: ({ region, operation, result }, tookMs) =>
      awsCalls.observe({ region, operation, result }, seconds(tookMs)),
    slotTaken: (region, waitedMs) => slotWaits.observe({ region }, seconds(waitedMs)),
    ledgerCalled: (operation, result, tookMs) => ledgerCalls.observe({ operation, result }, seconds(tookMs)),
    httpAnswered: ({ method, route, status }, tookMs) =>
      httpRequests.observe({ method, route, status }, seconds(tookMs)),
  };
}

/** Two machines' clocks may differ by more than a wait took. */
const seconds = (ms: number): number => Math.max(0, ms) / 1_000;

function gaugesIn(registry: Registry): ServiceMetrics['show'] {
  const ledgerUp = gaugeIn(registry, 'onboard_ledger_up');
  const redisUp = gaugeIn(registry, 'onboard_redis_up');
  const eventsWaiting = gaugeIn(registry, 'onboard_events_waiting');
  const replaysRunning = gaugeIn(registry, 'onboard_replays_running');
  const partUp = gaugeIn(registry, 'onboard_part_up');
  const quota = gaugeIn(registry, 'onboard_aws_quota_per_second');
  const showStates = statesIn(registry);
  const showDeliveries = deliveriesIn(registry);
  const jobs = gaugeIn(registry, 'onboard_queue_jobs');
  const overdue = gaugeIn(registry, 'onboard_queue_overdue_jobs');
  const oldest = gaugeIn(registry, 'onboard_queue_oldest_waiting_seconds');
  return (figures) => {
    for (const stale of [partUp, quota, jobs, overdue, oldest]) stale.reset();
    showStates(figures.states ?? []);
    showDeliveries(figures.deliveries);
    ledgerUp.set(figures.ledgerUp ? 1 : 0);
    redisUp.set(figures.redisUp ? 1 : 0);
    eventsWaiting.reset();
    if (figures.eventsWaiting !== undefined) eventsWaiting.set(figures.eventsWaiting);
    replaysRunning.remove();
    if (figures.replaysRunning !== undefined) replaysRunning.set(figures.replaysRunning);
    for (const { part, up } of figures.parts) partUp.set({ part }, up ? 1 : 0);
    for (const { region, queue } of figures.regions) {
      quota.set({ region }, figures.quotaPerSecond);
      if (queue === undefined) continue;
      for (const state of ['waiting', 'active', 'delayed'] as const)
        jobs.set({ region, state }, queue[state]);
      overdue.set({ region }, queue.overdue);
      oldest.set({ region }, seconds(queue.oldestWaitingMs ?? 0));
    }
  };
}

function statesIn(registry: Registry): (states: readonly RegionFigures[]) => void {
  const circuits = gaugeIn(registry, 'onboard_region_circuit');
  const paused = gaugeIn(registry, 'onboard_region_paused');
  const draining = gaugeIn(registry, 'onboard_region_draining');
  const off = gaugeIn(registry, 'onboard_region_off');
  return (states) => {
    for (const stale of [circuits, paused, draining, off]) stale.reset();
    for (const { region, circuit, pause, drain } of states) {
      paused.set({ region }, pause === null ? 0 : 1);
      draining.set({ region }, drain === null ? 0 : 1);
      if (circuit === null) continue;
      for (const state of CIRCUIT_STATES) circuits.set({ region, state }, circuit.state === state ? 1 : 0);
      off.set({ region }, circuit.off === null ? 0 : 1);
    }
  };
}

function deliveriesIn(registry: Registry): (backlog: DeliveryBacklog | undefined) => void {
  const waiting = gaugeIn(registry, 'onboard_deliveries_waiting');
  const oldest = gaugeIn(registry, 'onboard_deliveries_oldest_waiting_seconds');
  const disabled = gaugeIn(registry, 'onboard_endpoints_disabled');
  return (backlog) => {
    for (const stale of [waiting, oldest, disabled]) stale.remove();
    if (backlog === undefined) return;
    waiting.set(backlog.waiting);
    oldest.set(seconds(backlog.oldestMs ?? 0));
    disabled.set(backlog.endpointsDisabled);
  };
}

type Named<T extends string> = {
  [N in MetricName]: (typeof CATALOGUE)[N]['type'] extends T ? N : never;
}[MetricName];
type LabelOf<N extends MetricName> = (typeof CATALOGUE)[N]['labels'][number];

function counterIn<N extends Named<'counter'>>(registry: Registry, name: N): Counter<LabelOf<N>> {
  return new Counter({ ...headOf(name), registers: [registry] });
}

function gaugeIn<N extends Named<'gauge'>>(registry: Registry, name: N): Gauge<LabelOf<N>> {
  return new Gauge({ ...headOf(name), registers: [registry] });
}

function histogramIn<N extends Named<'histogram'>>(registry: Registry, name: N): Histogram<LabelOf<N>> {
  const buckets = [...CATALOGUE[name].buckets];
  return new Histogram({ ...headOf(name), buckets, registers: [registry] });
}

function headOf<N extends MetricName>(name: N): { name: N; help: string; labelNames: LabelOf<N>[] } {
  const { help, labels } = CATALOGUE[name];
  return { name, help, labelNames: [...labels] };
}
