/**
 * The judgement on a consumer that takes no jobs while jobs wait. Pure: looks come in, a verdict comes out; who looks,
 * and what a renewal is, belongs to the queue.
 */

/** What one look at one consumer showed. */
export interface ConsumerSight {
  /** Whether the Region hands out jobs as they come now: neither paused, nor limited to a probe. */
  readonly flows: boolean;
  /** How many jobs it may run at once, and how many it runs. With none free it waits for AWS, or for its quota. */
  readonly places: number;
  readonly running: number;
  /** Jobs begun since the look before. */
  readonly begun: number;
  /** It has met errors since the look before: not silent, in the log already, and no better for being made anew. */
  readonly erred: boolean;
  /** How long the job that waits longest has been ready to run; null: none waits. */
  readonly oldestWaitingMs: number | null;
  /** Delayed jobs whose time came more than `waitingMs` ago and that nobody has made ready. */
  readonly overdueDelayed: number;
}

export interface WatchLimits {
  /** A job that is ready for less than this may still be on its way to a worker. */
  readonly waitingMs: number;
  /** Idle looks in a row after which the consumer counts as stuck. Counted, so that a machine's sleep is one look. */
  readonly looks: number;
  /** How many renewals in a row may fail to help. */
  readonly renewals: number;
}

/** What is remembered from look to look. */
export interface Watch {
  readonly idleLooks: number;
  /** Since a job was last begun. */
  readonly renewals: number;
}

export type WatchVerdict = 'well' | 'idle' | 'renew' | 'giveUp';

export const NEW_WATCH: Watch = { idleLooks: 0, renewals: 0 };

/** @param sight undefined: the queue could not be looked at, so nothing is known */
export function judgeSight(
  watch: Watch,
  sight: ConsumerSight | undefined,
  limits: WatchLimits,
): { readonly verdict: WatchVerdict; readonly watch: Watch } {
  if (sight === undefined || !isIdleWhileJobsWait(sight, limits)) {
    const renewals = sight !== undefined && sight.begun > 0 ? 0 : watch.renewals;
    return { verdict: 'well', watch: { idleLooks: 0, renewals } };
  }
  const idleLooks = watch.idleLooks + 1;
  if (idleLooks < limits.looks) return { verdict: 'idle', watch: { ...watch, idleLooks } };
  if (watch.renewals >= limits.renewals) return { verdict: 'giveUp', watch: { ...watch, idleLooks } };
  return { verdict: 'renew', watch: { idleLooks: 0, renewals: watch.renewals + 1 } };
}

function isIdleWhileJobsWait(sight: ConsumerSight, { waitingMs }: WatchLimits): boolean {
  if (!sight.flows || sight.erred || sight.begun > 0) return false;
  if (sight.running >= sight.places) return false;
  return (sight.oldestWaitingMs ?? -1) >= waitingMs || sight.overdueDelayed > 0;
}
