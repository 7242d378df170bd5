import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { JobQueue } from '../../src/ports.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startChildProgram, type ChildProgram } from '../support/child-program.ts';
import { eventually } from '../support/eventually.ts';
import {
  awsError,
  startFakeEventBridge,
  type Answer,
  type FakeEventBridge,
} from '../support/fake-eventbridge.ts';
import { newOnboarding, present } from '../support/ledger-fixtures.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { freshPrefix, newJob, openQueue } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';

const LOCK_MS = 1_500;
/** A fault that is not tried again within the round. */
const busy = awsError('InternalException', { status: 500, headers: { 'retry-after': '1' } });

interface Stage {
  readonly aws: FakeEventBridge;
  readonly ledger: OpenLedger;
  readonly queue: JobQueue;
  /** A worker process that has taken the job and asked AWS; its call waits for an answer. */
  readonly hire: () => Promise<{ worker: ChildProgram; answer: (answer: Answer) => void }>;
}

async function setStage(): Promise<Stage> {
  const [redis, database, aws] = await Promise.all([
    takeRedisDatabase(),
    createTestDatabase(),
    startFakeEventBridge(),
  ]);
  const prefix = freshPrefix();
  const log = recordingLog();
  const ledger = await openLedger(
    { kind: 'postgres', url: database.url },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );
  const queue = await openQueue({ connection: { url: redis.url }, prefix, log, lockMs: LOCK_MS });
  onTestFinished(async () => {
    await queue.close();
    await ledger.close();
    await Promise.all([redis.stop(), database.drop(), aws.close()]);
  });
  const held: ServerResponse[] = [];
  aws.script((response) => held.push(response));
  return {
    aws,
    ledger,
    queue,
    hire: async () => {
      const calls = held.length;
      const worker = startChildProgram('provision-jobs.ts', [
        redis.url,
        prefix,
        database.url,
        aws.endpoint,
        String(LOCK_MS),
      ]);
      onTestFinished(async () => worker.kill9());
      expect(await worker.nextLine()).toContain('took');
      const response = await eventually(() => held[calls]);
      return { worker, answer: (answer) => answer(response, aws.requests[calls]!) };
    },
  };
}

describe('a worker that is frozen until its lock has run out, while another one takes its job', () => {
  it('cannot undo what the other one saved: its attempt is kept, and nothing else', async () => {
    const { ledger, queue, hire } = await setStage();
    const onboarding = newOnboarding({ region: 'us-east-1' });
    const job = newJob({ onboardingId: onboarding.id });
    await ledger.accept([onboarding]);
    await queue.add([job]);
    const frozen = await hire();
    frozen.worker.child.kill('SIGSTOP');
    const heir = await hire();
    heir.answer(busy);
    expect(await heir.worker.nextLine()).toBe('retry');
    const truth = await present(ledger, onboarding);
    expect(truth).toMatchObject({ status: 'retrying', attempts: 1 });

    frozen.answer(awsError('ValidationException'));
    frozen.worker.child.kill('SIGCONT');
    expect(await frozen.worker.nextLine()).toBe('snooze');
    const { updatedAt, ...now } = await present(ledger, onboarding);
    expect({ ...now, updatedAt: truth.updatedAt }).toEqual({ ...truth, attempts: 2 });
    expect(updatedAt >= truth.updatedAt).toBe(true);
    expect(await ledger.loadRun(onboarding.id)).toMatchObject({ rounds: 1 });
    expect((await ledger.attempts(onboarding.id)).map(({ outcome }) => outcome)).toEqual([
      'transient',
      'rejected',
    ]);
    expect(await queue.presence([job])).toEqual(['delayed']);
  });

  it('and saves first: the other one, who holds the job, leaves it waiting as the ledger says', async () => {
    const { ledger, queue, hire } = await setStage();
    const onboarding = newOnboarding({ region: 'us-east-1' });
    const job = newJob({ onboardingId: onboarding.id });
    await ledger.accept([onboarding]);
    await queue.add([job]);
    const frozen = await hire();
    frozen.worker.child.kill('SIGSTOP');
    const heir = await hire();
    frozen.answer(busy);
    frozen.worker.child.kill('SIGCONT');
    expect(await frozen.worker.nextLine()).toBe('retry');
    const truth = await present(ledger, onboarding);

    heir.answer(busy);
    expect(await heir.worker.nextLine()).toBe('snooze');
    const { updatedAt, ...now } = await present(ledger, onboarding);
    expect({ ...now, updatedAt: truth.updatedAt }).toEqual({ ...truth, attempts: 2 });
    expect(updatedAt >= truth.updatedAt).toBe(true);
    expect(await ledger.loadRun(onboarding.id)).toMatchObject({ rounds: 1 });
    await eventually(async () => (await queue.presence([job]))[0] === 'delayed');
  });
});
