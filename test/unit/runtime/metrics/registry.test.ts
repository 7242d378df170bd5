import { describe, expect, it } from 'vitest';
import type { Region } from '../../../../src/domain/region.ts';
import { CATALOGUE } from '../../../../src/runtime/metrics/catalogue.ts';
import { createMetrics, type ServiceMetrics } from '../../../../src/runtime/metrics/registry.ts';
import { parseExposition, type Exposition } from '../../../support/exposition.ts';

const US = 'us-east-1' as Region;
const LIVE = { region: US, lane: 'live' } as const;

const newMetrics = (ofProcess = false): ServiceMetrics =>
  createMetrics({ version: '1.2.3', regions: [US], ofProcess });
const read = async (metrics: ServiceMetrics): Promise<Exposition> => parseExposition(await metrics.text());

describe('the catalogue', () => {
  it.each(Object.entries(CATALOGUE))('%s follows the rules of Prometheus', (name, { type, labels }) => {
    expect(name).toMatch(/^onboard_[a-z]+(_[a-z]+)*$/);
    expect(name).not.toMatch(/_(ms|millis|milliseconds|minutes|count|sum|bucket|info_total)$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
  });

  it('has no label that a customer or a caller could fill', () => {
    const labels = new Set(Object.values(CATALOGUE).flatMap((metric): readonly string[] => metric.labels));
    expect([...labels].sort()).toEqual(
      // prettier-ignore
      ['code', 'connection', 'destination', 'end', 'lane', 'method', 'node', 'operation', 'outcome', 'part', 'region', 'result', 'route', 'state', 'status', 'version', 'via'],
    );
  });

  it('is all that is shown, each with its type', async () => {
    const { types } = await read(newMetrics());
    expect(Object.fromEntries(types)).toEqual(
      Object.fromEntries(Object.entries(CATALOGUE).map(([name, { type }]) => [name, type])),
    );
  });
});

describe('createMetrics', () => {
  it('counts what it is told, durations in seconds', async () => {
    const metrics = newMetrics();
    metrics.requested('single', 'accepted');
    metrics.requested('import', 'invalid', 12);
    metrics.jobStarted(LIVE, 250);
    metrics.attempted(US, 'throttled', 'ThrottlingException');
    metrics.roundEnded(LIVE, 'snooze', 'ThrottlingException');
    metrics.provisioned(LIVE, 90_000);
    metrics.jobStalled(US);
    metrics.jobsRescued(5);
    metrics.replayed(500);
    metrics.deliveryTried('callback', 'retry');
    metrics.awsCalled({ region: US, operation: 'create', result: 'created' }, 40);
    metrics.slotTaken(US, 0);
    metrics.ledgerCalled('accept', 'ok', 2);
    metrics.httpAnswered({ method: 'GET', route: '/v1/stats', status: 200 }, 7);
    const { value } = await read(metrics);
    expect(value('onboard_build_info', { version: '1.2.3', node: process.version })).toBe(1);
    expect(value('onboard_intake_requests_total', { via: 'single', result: 'accepted' })).toBe(1);
    expect(value('onboard_intake_requests_total', { via: 'import', result: 'invalid' })).toBe(12);
    expect(value('onboard_job_wait_seconds_sum', LIVE)).toBe(0.25);
    const code = 'ThrottlingException';
    expect(value('onboard_attempts_total', { region: US, outcome: 'throttled', code })).toBe(1);
    expect(value('onboard_rounds_total', { ...LIVE, end: 'snooze', code })).toBe(1);
    expect(value('onboard_time_to_provisioned_seconds_sum', LIVE)).toBe(90);
    expect(value('onboard_time_to_provisioned_seconds_bucket', { ...LIVE, le: '60' })).toBe(0);
    expect(value('onboard_time_to_provisioned_seconds_bucket', { ...LIVE, le: '300' })).toBe(1);
    expect(value('onboard_jobs_stalled_total', { region: US })).toBe(1);
    expect(value('onboard_jobs_rescued_total')).toBe(5);
    expect(value('onboard_replayed_total')).toBe(500);
    expect(value('onboard_deliveries_total', { destination: 'callback', result: 'retry' })).toBe(1);
    expect(value('onboard_deliveries_total', { destination: 'webhook', result: 'failed' })).toBe(0);
    const call = { region: US, operation: 'create', result: 'created' };
    expect(value('onboard_aws_call_duration_seconds_sum', call)).toBe(0.04);
    expect(value('onboard_aws_slot_wait_seconds_count', { region: US })).toBe(1);
    expect(value('onboard_ledger_call_duration_seconds_count', { operation: 'accept', result: 'ok' })).toBe(
      1,
    );
    const answer = { method: 'GET', route: '/v1/stats', status: '200' };
    expect(value('onboard_http_request_duration_seconds_sum', answer)).toBe(0.007);
  });

  it('keeps one row for all names that AWS might invent', async () => {
    const metrics = newMetrics();
    for (let n = 0; n < 1_000; n += 1) {
      metrics.attempted(US, 'transient', `Invented${n}Exception`);
      metrics.roundEnded(LIVE, 'retry', `Invented${n}Exception`);
    }
    const { samples, value } = await read(metrics);
    expect(value('onboard_attempts_total', { region: US, outcome: 'transient', code: 'other' })).toBe(1_000);
    expect(value('onboard_rounds_total', { ...LIVE, end: 'retry', code: 'other' })).toBe(1_000);
    expect(samples.length).toBeLessThan(25);
  });

  it('begins at 0 what an alert waits for the first of', async () => {
    const { value } = await read(newMetrics());
    const conflict = { region: US, outcome: 'conflict', code: 'AccountConflict' };
    expect(value('onboard_attempts_total', conflict)).toBe(0);
    expect(value('onboard_jobs_stalled_total', { region: US })).toBe(0);
    expect(value('onboard_jobs_rescued_total')).toBe(0);
  });

  it('never counts backwards when two clocks differ', async () => {
    const metrics = newMetrics();
    metrics.provisioned(LIVE, -40);
    expect((await read(metrics)).value('onboard_time_to_provisioned_seconds_sum', LIVE)).toBe(0);
  });

  it('shows the samples of the last read alone', async () => {
    const metrics = newMetrics();
    metrics.streamOpened();
    metrics.show([
      ['onboard_redis_up', {}, 1],
      ['onboard_events_waiting', {}, 2],
      ['onboard_queue_jobs', { region: US, state: 'waiting' }, 3],
    ]);
    const before = await read(metrics);
    expect(before.value('onboard_events_waiting')).toBe(2);
    expect(before.value('onboard_queue_jobs', { region: US, state: 'waiting' })).toBe(3);

    metrics.show([['onboard_redis_up', {}, 0]]);
    const after = await read(metrics);
    expect(after.value('onboard_redis_up')).toBe(0);
    expect(after.samples.filter(({ name }) => /^onboard_(queue|events)/.test(name))).toEqual([]);
    expect(after.value('onboard_event_streams')).toBe(1);
  });

  it('shows the process itself when asked to: event loop, garbage collection, memory', async () => {
    const { types, value } = await read(newMetrics(true));
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'nodejs_gc_duration_seconds'])
      expect(types.has(name), name).toBe(true);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  });
});
