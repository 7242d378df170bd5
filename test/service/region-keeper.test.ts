import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { OnboardingId } from '../../src/domain/ids.ts';
import type { JobVerdict } from '../../src/domain/job.ts';
import type { AttemptOutcome } from '../../src/domain/outcome.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { createRegionKeeper, type RegionKeeper } from '../../src/provisioning/region-keeper.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { EU, newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';
import { startRedis } from '../support/redis.ts';

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
let ledger: OpenLedger;
beforeAll(async () => {
  redis = await takeRedisDatabase();
  const database = await createTestDatabase();
  const log = recordingLog();
  ledger = await openLedger(
    { kind: 'postgres', url: database.url },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );
  return async () => {
    await ledger.close();
    await database.drop();
  };
});
afterAll(async () => redis.stop());

let queue: BullJobQueue;
let keeper: RegionKeeper;
let log: ReturnType<typeof recordingLog>;
beforeEach(async () => {
  log = recordingLog();
  queue = await openQueue({ connection: { url: redis.url } });
  keeper = createRegionKeeper({
    circuits: queue.circuits,
    queue,
    ledger,
    regions: [US, EU],
    clock: systemClock,
    log,
  });
  return async () => {
    await queue.close();
    await ledger.endHold(US, 'circuit', { at: new Date().toISOString() });
  };
});

const expired: AttemptOutcome = { kind: 'operatorFault', code: 'ExpiredTokenException', message: 'expired' };
const rejected: AttemptOutcome = { kind: 'rejected', code: 'ValidationException', message: 'no' };
const ASIDE: JobVerdict = { kind: 'putAside', delayMs: 600_000, code: 'ExpiredTokenException' };

const report = async (outcome: AttemptOutcome, of: number): Promise<void> => {
  const { openings } = keeper.seen(US);
  await keeper.report(US, { outcome, onboardingId: `onb_${of}` as OnboardingId, openings });
};

/** Three jobs that were put aside for ten minutes each by the faults that opened the circuit. */
async function openedByThree(): Promise<ReturnType<typeof scripted>> {
  const handler = scripted(ASIDE, ASIDE, ASIDE, { kind: 'done' });
  queue.consume(US, handler);
  await queue.add([newJob(), newJob(), newJob()]);
  await eventually(async () => (await queue.counts(US)).delayed === 3);
  for (const of of [1, 2, 3]) await report(expired, of);
  return handler;
}

test('an opening holds the Region before the report returns, and is in the ledger', async () => {
  await openedByThree();
  expect(await queue.counts(US)).toMatchObject({ paused: true });
  expect(await queue.counts(EU)).toMatchObject({ paused: false });
  expect(await ledger.lastingHolds()).toMatchObject([
    { region: US, kind: 'circuit', reason: 'ExpiredTokenException' },
  ]);
  expect(await keeper.flow(US)).toBe('hold');
  expect(await keeper.flow(EU)).toBe('run');
});

test('with nothing waiting, one of those put aside probes, and an answer lets all go at once', async () => {
  const handler = await openedByThree();
  await eventually(async () => {
    await keeper.tick();
    return handler.runs.length === 4;
  });
  expect(await queue.counts(US)).toMatchObject({ delayed: 2 });
  await report(rejected, 4);
  await eventually(() => handler.runs.length === 6);
  expect(await ledger.lastingHolds()).toEqual([]);
  expect(log.lines.map(({ message }) => message)).toEqual([
    'circuit.opened',
    'circuit.probing',
    'circuit.closed',
  ]);
});

test('what another process has opened is held by the next tick, and recorded if that process died before', async () => {
  await queue.circuits.change(US, (memory, now) => ({
    ...memory,
    state: 'open',
    openings: 1,
    code: 'Timeout',
    since: now,
    nextProbeAt: now + 60_000,
  }));
  expect(await queue.counts(US)).toMatchObject({ paused: false });
  await keeper.tick();
  expect(await queue.counts(US)).toMatchObject({ paused: true });
  expect(await ledger.lastingHolds()).toMatchObject([{ kind: 'circuit', reason: 'Timeout' }]);
});

test('a hold of a circuit that Redis has forgotten ends', async () => {
  await ledger.beginHold({
    region: US,
    kind: 'circuit',
    reason: 'Timeout',
    actor: null,
    beganAt: new Date().toISOString(),
  });
  await keeper.tick();
  expect(await ledger.lastingHolds()).toEqual([]);
});

test('a Redis that is away is said once, and changes nothing', async () => {
  const gone = await startRedis();
  const other = await openQueue({ connection: { url: gone.url } });
  onTestFinished(() => other.close());
  const cut = createRegionKeeper({
    circuits: other.circuits,
    queue: other,
    ledger,
    regions: [US],
    clock: systemClock,
    log,
  });
  await cut.tick();
  await gone.kill();
  await cut.tick();
  await cut.tick();
  const after = await cut.report(US, {
    outcome: expired,
    onboardingId: 'onb_1' as OnboardingId,
    openings: 0,
  });
  expect(after.state).toBe('closed');
  expect(log.lines.map(({ message }) => message)).toEqual(['regions.not_kept']);
});
