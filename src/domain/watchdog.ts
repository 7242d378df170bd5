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

/**
 * Whether a consumer takes no jobs although some wait, and nothing explains it: no hold, no circuit, no rate.
 * @param waitingMs a job that is ready for less may still be on its way to a worker
 */
export function isIdleWhileJobsWait(sight: ConsumerSight, waitingMs: number): boolean {
  if (!sight.flows || sight.erred || sight.begun > 0) return false;
  if (sight.running >= sight.places) return false;
  return (sight.oldestWaitingMs ?? -1) >= waitingMs || sight.overdueDelayed > 0;
}
