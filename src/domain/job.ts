import type { OnboardingId } from './ids.ts';
import type { Lane } from './onboarding.ts';
import type { Region } from './region.ts';

export interface JobRef {
  readonly onboardingId: OnboardingId;
  readonly replays: number;
  readonly region: Region;
}

export type NewJob = JobRef & { readonly lane: Lane; readonly delayMs?: number };

/**
 * `active`: its call is under way; one that a worker has taken and that waits for its turn at AWS is `waiting`.
 * `finished`: completed or failed, still kept: an add with its id would be dropped silently.
 */
export type JobPresence = 'waiting' | 'delayed' | 'active' | 'finished' | 'absent';

/** A handler's return value is the protocol between a job run and the queue. */
export type JobVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry' | 'snooze'; readonly delayMs: number; readonly code: string }
  /** Like a snooze, but ends earlier when the Region is let go. */
  | { readonly kind: 'putAside'; readonly delayMs: number; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'putBack' };

/** What became of a job of the intake queue. `refused`: the producer has to mend it; `later`: nothing is spent by it. */
export type IntakeVerdict =
  | { readonly kind: 'done'; readonly id: OnboardingId }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'later'; readonly delayMs: number };

/** How a Region's queue gives out jobs: all it can, one at a time, or none. */
export type Flow = 'run' | 'probe' | 'hold';

/**
 * Whether a run's first call may go out. `withdrawn`: the job was removed meanwhile; `elsewhere`: another run of it
 * has the permit; `probing`: another job probes the Region.
 */
export type CallPermit = 'granted' | 'withdrawn' | 'elsewhere' | 'probing';

export interface JobRun extends JobRef {
  readonly jobId: string;
  readonly waitedMs: number;
  /** Asks for leave to call AWS; the queue takes it back when the run ends. `asProbe`: one job of the Region at a time. */
  readonly mayCall: (asProbe: boolean) => Promise<CallPermit>;
  /** Aborts when a stop begins: a run that waits for its turn at AWS gives its job back then. */
  readonly draining: AbortSignal;
}

export interface RegionQueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Of the delayed, those whose time has come; an idle worker takes them within moments. */
  readonly overdue: number;
  readonly failed: number;
  readonly oldestWaitingMs: number | null;
  readonly paused: boolean;
}
