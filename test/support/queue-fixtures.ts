import { randomBytes } from 'node:crypto';
import { onboardingId } from '../../src/domain/ids.ts';
import type { JobRun, JobVerdict, NewJob } from '../../src/domain/job.ts';
import type { Region } from '../../src/domain/region.ts';
import type { JobHandler } from '../../src/ports.ts';
import { createJobQueue, type BullJobQueue, type JobQueueOptions } from '../../src/queue/job-queue.ts';
import { queuePrefix } from '../../src/queue/queue-keys.ts';
import type { RateGate } from '../../src/ports/rate-gate.ts';
import { recordingLog } from './recording-log.ts';

export const US = 'us-east-1' as Region;
export const EU = 'eu-west-1' as Region;

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  const id = onboardingId(Date.now(), randomBytes(16));
  return { onboardingId: id, replays: 0, region: US, lane: 'bulk', ...overrides };
}

export function freshPrefix(): string {
  return queuePrefix('test', randomBytes(6).toString('hex'));
}

/** Slots for every job at once. */
export const endlessSlots: Pick<RateGate, 'reserve'> = {
  reserve: () => Promise.resolve({ waitedMs: 0, claim: () => true }),
};

/** Locks and stall checks are short, so that a dead consumer's jobs return within two seconds. */
export async function openQueue(
  options: Partial<JobQueueOptions> & Pick<JobQueueOptions, 'connection'>,
): Promise<BullJobQueue> {
  return createJobQueue({
    prefix: freshPrefix(),
    regions: [US, EU],
    concurrency: 10,
    log: recordingLog(),
    lockMs: 1_500,
    stalledCheckMs: 300,
    ...options,
  });
}

/** Answers every run with the next verdict of the script, the last one for ever, and keeps the runs, which all may call. */
export function scripted(...verdicts: readonly JobVerdict[]): JobHandler & { readonly runs: JobRun[] } {
  const runs: JobRun[] = [];
  const handler: JobHandler = async (run) => {
    const verdict = verdicts[Math.min(runs.length, verdicts.length - 1)];
    runs.push(run);
    await run.mayCall(false);
    return verdict ?? { kind: 'done' };
  };
  return Object.assign(handler, { runs });
}
