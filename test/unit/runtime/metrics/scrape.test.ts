import { expect, it } from 'vitest';
import { QueueUnavailableError } from '../../../../src/domain/unavailable.ts';
import type { Region } from '../../../../src/domain/region.ts';
import { createMetrics } from '../../../../src/runtime/metrics/registry.ts';
import { createScrape, type ScrapeDeps } from '../../../../src/runtime/metrics/scrape.ts';
import { parseExposition, type Exposition } from '../../../support/exposition.ts';

const US = 'us-east-1' as Region;
const COUNTS = {
  waiting: 3,
  active: 2,
  delayed: 7,
  overdue: 1,
  failed: 9,
  oldestWaitingMs: 1_500,
  paused: false,
};
const none = { waiting: 0, connected: 0, disconnected: 0, expired: 0, removed: 0, unknown: 0 };
const COUNTED = {
  byStatus: { accepted: 0, queued: 0, retrying: 0, provisioned: 5, failed: 0, cancelled: 0 },
  byConnection: { ...none, waiting: 3, connected: 2 },
  byLane: { live: 5, bulk: 0 },
  byRegion: [
    {
      region: US,
      byStatus: { accepted: 0, queued: 0, retrying: 0, provisioned: 5, failed: 0, cancelled: 0 },
      byConnection: { ...none, waiting: 3, connected: 2 },
    },
  ],
  byErrorCode: [],
};
const refused = (): Promise<never> => Promise.reject(new QueueUnavailableError('gone'));

async function scraped(over: Partial<ScrapeDeps> = {}): Promise<Exposition> {
  const scrape = createScrape({
    metrics: createMetrics({ version: '1.2.3', regions: [US], ofProcess: false }),
    ledger: {
      backlog: () =>
        Promise.resolve([
          { region: US, status: 'accepted', count: 1, oldestMs: 90_000 },
          { region: US, status: 'retrying', count: 6, oldestMs: null },
        ]),
      deliveryBacklog: () =>
        Promise.resolve({ waiting: 4, due: 3, oldestMs: 2_500, endpointsFailing: 2, endpointsDisabled: 1 }),
      runningReplays: () => Promise.resolve(2),
      counts: () => Promise.resolve(COUNTED),
      countOverdue: () => Promise.resolve([{ region: US, count: 8 }]),
      events: { waiting: () => Promise.resolve(5) },
    },
    health: { ledger: () => Promise.resolve('ok'), redis: () => Promise.resolve('ok') },
    queue: {
      counts: () => Promise.resolve(COUNTS),
      running: () => Promise.resolve(['provisioning']),
    },
    rateGate: { rate: () => Promise.resolve({ perSecond: 19.4, limit: null }) },
    regions: [US],
    quotaPerSecond: 40,
    regionStates: () =>
      Promise.resolve([
        { region: US, circuit: { state: 'open', off: null }, pause: null, drain: null, checksHeld: null },
      ]),
    parts: ['provisioning', 'maintenance'],
    everyPart: ['provisioning', 'webhooks'],
    troubles: () => ({ maintenance: 'restarting' }),
    ...over,
  });
  return parseExposition(await scrape());
}

it('shows what was read', async () => {
  const { value } = await scraped();
  const jobs = (state: string) => value('onboard_queue_jobs', { region: US, state });
  expect([jobs('waiting'), jobs('active'), jobs('delayed')]).toEqual([3, 2, 7]);
  expect(value('onboard_queue_overdue_jobs', { region: US })).toBe(1);
  expect(value('onboard_queue_oldest_waiting_seconds', { region: US })).toBe(1.5);
  const sources = (connection: string) => value('onboard_sources', { region: US, connection });
  expect([sources('waiting'), sources('connected'), sources('removed')]).toEqual([3, 2, 0]);
  expect(value('onboard_source_checks_overdue', { region: US })).toBe(8);
  expect(value('onboard_deliveries_waiting')).toBe(4);
  expect(value('onboard_deliveries_oldest_waiting_seconds')).toBe(2.5);
  expect(value('onboard_endpoints_failing')).toBe(2);
  expect(value('onboard_endpoints_disabled')).toBe(1);
  expect([value('onboard_events_waiting'), value('onboard_replays_running')]).toEqual([5, 2]);
  expect(value('onboard_aws_quota_per_second', { region: US })).toBe(40);
  expect(value('onboard_aws_rate_per_second', { region: US })).toBe(19.4);
  const circuit = (state: string) => value('onboard_region_circuit', { region: US, state });
  expect([circuit('closed'), circuit('open'), circuit('halfOpen')]).toEqual([0, 1, 0]);
  expect(value('onboard_region_paused', { region: US })).toBe(0);
  expect(value('onboard_region_off', { region: US })).toBe(0);
  expect(value('onboard_open', { region: US, status: 'retrying' })).toBe(6);
  expect(value('onboard_open', { region: US, status: 'queued' })).toBe(0);
  expect(value('onboard_open_oldest_seconds', { region: US, status: 'accepted' })).toBe(90);
  expect(value('onboard_open_oldest_seconds', { region: US, status: 'queued' })).toBe(0);
  expect(value('onboard_open_oldest_seconds', { region: US, status: 'retrying' })).toBeUndefined();
  expect(value('onboard_part_running', { part: 'provisioning' })).toBe(1);
  expect(value('onboard_part_running', { part: 'webhooks' })).toBe(0);
  expect(value('onboard_part_up', { part: 'provisioning' })).toBe(1);
  expect(value('onboard_part_up', { part: 'maintenance' })).toBe(0);
  expect([value('onboard_ledger_up'), value('onboard_redis_up')]).toEqual([1, 1]);
});

it('leaves out what does not answer, and says so', async () => {
  const { value, samples } = await scraped({
    health: {
      ledger: () => Promise.resolve('ok'),
      redis: () => Promise.resolve('refuses writes: OOM'),
    },
    queue: { counts: refused, running: refused },
    rateGate: { rate: refused },
    regionStates: () =>
      Promise.resolve([{ region: US, circuit: null, pause: null, drain: null, checksHeld: null }]),
  });
  expect([value('onboard_ledger_up'), value('onboard_redis_up')]).toEqual([1, 0]);
  expect(
    samples.filter(({ name }) => /^onboard_(queue|aws_rate|part_running|region_(circuit|off))/.test(name)),
  ).toEqual([]);
  expect(value('onboard_region_paused', { region: US })).toBe(0);
  expect(value('onboard_aws_quota_per_second', { region: US })).toBe(40);
});
