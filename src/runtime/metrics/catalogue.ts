/**
 * Every figure that the service shows of its own, by its name in Prometheus: base units, `_total` for counters. Labels
 * take Regions, lanes, parts, routes and closed sets of words, so that the number of series has a bound.
 * docs/metrics.md explains each, and a test compares the two.
 */
interface Definition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds. */
  readonly buckets?: readonly number[];
}

/** From a cached answer to the longest bound on an AWS call. */
const CALL = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a signup that a user waits for to the end of a day of backoff. */
const WAIT = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400];

const counter = <const L extends readonly string[]>(labels: L, help: string) =>
  ({ type: 'counter', labels, help }) as const;
const gauge = <const L extends readonly string[]>(labels: L, help: string) =>
  ({ type: 'gauge', labels, help }) as const;
const histogram = <const L extends readonly string[]>(labels: L, buckets: readonly number[], help: string) =>
  ({ type: 'histogram', labels, buckets, help }) as const;

export const CATALOGUE = {
  onboard_intake_requests_total: counter(['via', 'result'], 'Onboarding requests by result.'),
  onboard_job_wait_seconds: histogram(['region', 'lane'], WAIT, 'Wait of a ready job until it runs.'),
  onboard_attempts_total: counter(['region', 'outcome', 'code'], 'Create calls by outcome.'),
  onboard_rounds_total: counter(['region', 'lane', 'end', 'code'], 'Job runs by decision.'),
  onboard_success_after_cancel_total: counter(
    ['region'],
    'Sources that AWS confirmed after their onboarding had been cancelled.',
  ),
  onboard_time_to_provisioned_seconds: histogram(
    ['region', 'lane'],
    WAIT,
    'Time from request to source, without replayed onboardings.',
  ),
  onboard_jobs_stalled_total: counter(['region'], 'Jobs whose worker stopped responding.'),
  onboard_jobs_rescued_total: counter([], 'Jobs that maintenance found missing and added again.'),
  onboard_replayed_total: counter([], 'Onboardings queued by bulk replays.'),
  onboard_replays_running: gauge([], 'Running bulk replays, for all processes.'),
  onboard_deliveries_total: counter(['destination', 'result'], 'Webhook calls.'),
  onboard_aws_call_duration_seconds: histogram(
    ['region', 'operation', 'result'],
    CALL,
    'AWS calls, without the wait for a slot.',
  ),
  onboard_aws_slot_wait_seconds: histogram(
    ['region'],
    WAIT,
    'Waits for a slot of the quota; their count is the quota used.',
  ),
  onboard_ledger_call_duration_seconds: histogram(['operation', 'result'], CALL, 'Calls of the ledger.'),
  onboard_http_request_duration_seconds: histogram(['method', 'route', 'status'], CALL, 'HTTP responses.'),
  onboard_event_streams: gauge([], 'Clients that follow the events of this process.'),
  onboard_event_streams_ended_total: counter(['end'], 'Streams of events that ended.'),
  onboard_events_waiting: gauge([], 'Changes without a position yet, for all processes.'),
  onboard_build_info: gauge(
    ['version', 'node'],
    'Always 1; the labels are the versions of service and Node.js.',
  ),
  onboard_part_up: gauge(['part'], '0 while a part of the process is down.'),
  onboard_part_running: gauge(['part'], '1 while any process runs the part.'),
  onboard_ledger_up: gauge([], '1 if the ledger accepts writes.'),
  onboard_redis_up: gauge([], '1 if Redis accepts writes.'),
  onboard_open: gauge(['region', 'status'], 'Onboardings without a result.'),
  onboard_open_oldest_seconds: gauge(
    ['region', 'status'],
    'Age of the oldest onboarding without a result; 0: there is none.',
  ),
  onboard_sources: gauge(['region', 'connection'], 'Provisioned onboardings by how far their customer is.'),
  onboard_source_checks_total: counter(['region', 'result'], 'Looks at sources at AWS.'),
  onboard_source_checks_overdue: gauge(['region'], 'Sources whose look is more than 10 minutes late.'),
  onboard_region_checks_held: gauge(
    ['region'],
    '1 while the Region’s looks are stopped because too many sources were missing.',
  ),
  onboard_aws_quota_per_second: gauge(['region'], 'Maximum AWS calls per second, for all processes.'),
  onboard_aws_rate_per_second: gauge(['region'], 'Current limit of AWS calls per second, for all processes.'),
  onboard_region_circuit: gauge(
    ['region', 'state'],
    '1 for the state of the Region’s circuit: closed, open or halfOpen.',
  ),
  onboard_region_paused: gauge(['region'], '1 while an operator has paused the Region.'),
  onboard_region_draining: gauge(['region'], '1 while an operator drains the Region’s queue.'),
  onboard_region_off: gauge(['region'], '1 while AWS reports the Region as switched off.'),
  onboard_queue_jobs: gauge(['region', 'state'], 'Jobs in the queue, for all processes.'),
  onboard_queue_overdue_jobs: gauge(['region'], 'Delayed jobs whose time has come.'),
  onboard_queue_oldest_waiting_seconds: gauge(['region'], 'Wait of the next job; 0: none is waiting.'),
  onboard_deliveries_waiting: gauge([], 'Waiting webhook deliveries.'),
  onboard_deliveries_oldest_waiting_seconds: gauge(
    [],
    'Age of the oldest due webhook delivery; 0: none due.',
  ),
  onboard_endpoints_failing: gauge([], 'Webhook endpoints that failed several times in a row.'),
  onboard_endpoints_disabled: gauge([], 'Disabled webhook endpoints.'),
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof CATALOGUE;
