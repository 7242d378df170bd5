import type { OnboardingId } from './ids.ts';
import type { Lane, Onboarding } from './onboarding.ts';
import type { Region } from './region.ts';

export interface JobRef {
  readonly onboardingId: OnboardingId;
  readonly replays: number;
  readonly region: Region;
}

export type NewJob = JobRef & { readonly lane: Lane; readonly delayMs?: number };

/** The job of an onboarding's present replay. */
export const jobOf = ({
  id: onboardingId,
  replays,
  region,
  lane,
}: Pick<Onboarding, 'id' | 'replays' | 'region' | 'lane'>): NewJob => ({
  onboardingId,
  replays,
  region,
  lane,
});

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

/** What became of a job of the intake queue. `refused`: the producer has to fix it; `later`: nothing is spent by it. */
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

/** A slot of a Region's quota, taken: one AWS call may go out for it. */
export interface Slot {
  /** How long was stood in line for it. */
  readonly waitedMs: number;
  /** Uses it up. False when it has been used before, or when its time is long past. */
  claim(): boolean;
}

export type TurnLane = Lane | 'check';

/** In whose name an AWS call takes its slot. */
export interface Turn {
  /** `check`: a look at AWS, which comes behind everything else. */
  readonly lane: TurnLane;
  /** Taken before the job's first call, which uses it; further calls stand in line. */
  readonly slot?: Slot;
}

/** Calls a second of a Region, over all processes. */
export interface RegionRate {
  readonly perSecond: number;
  /** What throttled calls have shown to be the quota; null when none have. */
  readonly limit: number | null;
}

/** What one look at one consumer showed. */
export interface ConsumerSight {
  /** Whether the Region hands out jobs as they come now: neither paused, nor limited to a probe. */
  readonly flows: boolean;
  /** How many jobs it may run at once, and how many it runs. With none free it waits for AWS, or for its quota. */
  readonly places: number;
  readonly running: number;
  /** Jobs begun since the look before. */
  readonly begun: number;
  /** It has met errors since the look before: not silent, in the log already, and not helped by reconnecting. */
  readonly erred: boolean;
  /** How long the job that waits longest has been ready to run; null: none waits. */
  readonly oldestWaitingMs: number | null;
  /** Delayed jobs whose time came more than `waitingMs` ago and that were not made ready. */
  readonly overdueDelayed: number;
}

/**
 * Whether a consumer takes no jobs although some wait, and nothing explains it: no hold, no circuit, no rate.
 * @param waitingMs a job that is ready for less may still be on its way to a worker
 */
export function isIdleWhileJobsWait(sight: ConsumerSight, waitingMs: number): boolean {
  if (!sight.flows || sight.erred || sight.begun > 0) return false;
  if (sight.running >= sight.places) return false;
  return (sight.oldestWaitingMs ?? -1) >= waitingMs || sight.overdueDelayed > 0;
}
