import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { errorCodeLabel } from '../../domain/error-code-label.ts';
import { DESTINATIONS } from '../../domain/delivery.ts';
import type { Region } from '../../domain/region.ts';
import type { Metrics } from '../../ports.ts';
import { CATALOGUE, type MetricName } from './catalogue.ts';

type OfType<T extends string> = {
  [N in MetricName]: (typeof CATALOGUE)[N]['type'] extends T ? N : never;
}[MetricName];
type Labels<N extends MetricName> = Readonly<
  Record<(typeof CATALOGUE)[N]['labels'][number], string | number>
>;

/** What a gauge shows. */
export type Sample = {
  [N in OfType<'gauge'>]: readonly [name: N, labels: Labels<N>, value: number];
}[OfType<'gauge'>];

export interface ServiceMetrics extends Metrics {
  /** Replaces what was shown before: a gauge without a sample is not known any more, and is left out. */
  show(samples: readonly Sample[]): void;
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
  const metrics = registerAll(registry);
  const count = <N extends OfType<'counter'>>(name: N, labels: Labels<N>, by = 1): void =>
    metrics[name].inc({ ...labels }, by);
  const observe = <N extends OfType<'histogram'>>(name: N, labels: Labels<N>, ms: number): void =>
    metrics[name].observe({ ...labels }, seconds(ms));
  metrics.onboard_build_info.set({ version, node: process.version }, 1);
  // An alert on the first of its kind needs a 0 to compare with.
  for (const region of regions) {
    count('onboard_jobs_stalled_total', { region }, 0);
    count('onboard_success_after_cancel_total', { region }, 0);
    count('onboard_attempts_total', { region, outcome: 'conflict', code: 'AccountConflict' }, 0);
  }
  for (const destination of DESTINATIONS)
    count('onboard_deliveries_total', { destination, result: 'failed' }, 0);
  let shown: readonly Sample[] = [];
  return {
    requested: (via, result, by) => count('onboard_intake_requests_total', { via, result }, by),
    jobStarted: ({ region, lane }, ms) => observe('onboard_job_wait_seconds', { region, lane }, ms),
    attempted: (region, outcome, code) =>
      count('onboard_attempts_total', { region, outcome, code: errorCodeLabel(code) }),
    roundEnded: ({ region, lane }, end, code) =>
      count('onboard_rounds_total', { region, lane, end, code: errorCodeLabel(code) }),
    succeededAfterCancel: (region) => count('onboard_success_after_cancel_total', { region }),
    provisioned: ({ region, lane }, ms) =>
      observe('onboard_time_to_provisioned_seconds', { region, lane }, ms),
    jobStalled: (region) => count('onboard_jobs_stalled_total', { region }),
    jobsRescued: (by) => count('onboard_jobs_rescued_total', {}, by),
    replayed: (by) => count('onboard_replayed_total', {}, by),
    checked: (region, result) => count('onboard_source_checks_total', { region, result }),
    deliveryTried: (destination, result) => count('onboard_deliveries_total', { destination, result }),
    awsCalled: (call, ms) => observe('onboard_aws_call_duration_seconds', call, ms),
    slotTaken: (region, ms) => observe('onboard_aws_slot_wait_seconds', { region }, ms),
    ledgerCalled: (operation, result, ms) =>
      observe('onboard_ledger_call_duration_seconds', { operation, result }, ms),
    httpAnswered: (call, ms) => observe('onboard_http_request_duration_seconds', call, ms),
    streamOpened: () => metrics.onboard_event_streams.inc(),
    streamEnded(end) {
      metrics.onboard_event_streams.dec();
      count('onboard_event_streams_ended_total', { end });
    },
    show(samples) {
      for (const [name, labels] of shown) metrics[name].remove({ ...labels });
      for (const [name, labels, value] of samples) metrics[name].set({ ...labels }, value);
      shown = samples;
    },
    text: () => registry.metrics(),
  };
}

type Registered = {
  readonly [N in MetricName]: N extends OfType<'counter'>
    ? Counter
    : N extends OfType<'gauge'>
      ? Gauge
      : Histogram;
};

/** Everything in the catalogue, by its name. */
function registerAll(registry: Registry): Registered {
  const made = Object.entries(CATALOGUE).map(([name, definition]) => {
    const { type, help, labels } = definition;
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'counter') return [name, new Counter(options)];
    if (type === 'gauge') return [name, new Gauge(options)];
    return [name, new Histogram({ ...options, buckets: [...definition.buckets] })];
  });
  return Object.fromEntries(made) as Registered;
}

/** Two machines' clocks may differ by more than a wait took. */
const seconds = (ms: number): number => Math.max(0, ms) / 1_000;
