import { isOnboardingId } from '../../domain/ids.ts';
import type { JobRef, NewJob } from '../../domain/job.ts';
import { isRegionCode } from '../../domain/region.ts';

/**
 * What a job carries: only whom it is for. Names, accounts and metadata stay in the ledger, since Redis keeps job
 * data in clear text. `v` lets a later version tell its own jobs from these during a rolling deploy.
 */
export interface JobData extends JobRef {
  readonly v: 1;
  /** Milliseconds since 1970 from which on the job could have run; the base of every waiting time. */
  readonly readyAt: number;
}

export function dataOf(job: NewJob, now: number): JobData {
  return {
    v: 1,
    onboardingId: job.onboardingId,
    replays: job.replays,
    region: job.region,
    readyAt: now + (job.delayMs ?? 0),
  };
}

/** Undefined for anything that this version did not write, whatever its type. */
export function readJobData(input: unknown): JobData | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { v, onboardingId, replays, region, readyAt } = input as Record<string, unknown>;
  if (v !== 1 || typeof onboardingId !== 'string' || !isOnboardingId(onboardingId)) return undefined;
  if (typeof replays !== 'number' || !Number.isSafeInteger(replays) || replays < 0) return undefined;
  if (typeof region !== 'string' || !isRegionCode(region)) return undefined;
  if (typeof readyAt !== 'number' || !Number.isFinite(readyAt)) return undefined;
  return { v, onboardingId, replays, region, readyAt };
}
