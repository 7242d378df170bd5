import type { Service } from '../src/compose.ts';
import { aborted } from '../src/runtime/aborted.ts';
import { StuckError, type Runnable } from '../src/runtime/supervisor.ts';

/** What is left of the stop deadline for closing connections after the consumers have put their jobs back. */
const CLOSING_MS = 1_000;

/**
 * Runs the jobs of every Region; at the stop unfinished ones go back to the queue unspent. Throws StuckError,
 * after the same stop, when a consumer is stuck.
 */
export function provisioningWorker(
  { regionKeeper, consume }: Pick<Service, 'consume' | 'regionKeeper'>,
  stopDeadlineMs: number,
): Runnable {
  return {
    name: 'provisioning',
    async run(signal) {
      // First, so that a Region that was paused while Redis was lost gives out no job.
      await regionKeeper.tick();
      const over = new AbortController();
      const keeping = regionKeeper.run(AbortSignal.any([signal, over.signal]));
      const consumers = consume();
      const stuck = Promise.race(consumers.map((consumer) => consumer.stuck.then(() => true)));
      const isStuck = await Promise.race([aborted(signal).then(() => false), stuck]);
      over.abort();
      const deadlineMs = Math.max(stopDeadlineMs - CLOSING_MS, stopDeadlineMs / 2);
      await Promise.all([keeping, ...consumers.map((consumer) => consumer.stop(deadlineMs))]);
      if (isStuck) throw new StuckError('A queue worker takes no jobs although some wait.');
    },
  };
}
