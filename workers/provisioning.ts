import type { Service } from '../src/compose.ts';
import { aborted } from '../src/runtime/aborted.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

/** What is left of the stop deadline for closing connections after the consumers have put their jobs back. */
const CLOSING_MS = 1_000;

/** Runs the jobs of every Region; at the stop unfinished ones go back to the queue unspent. */
export function provisioningWorker(
  { regionKeeper, consume }: Pick<Service, 'consume' | 'regionKeeper'>,
  stopDeadlineMs: number,
): Runnable {
  return {
    name: 'provisioning',
    async run(signal) {
      // First, so that a Region that was paused while Redis was lost gives out no job.
      await regionKeeper.tick();
      const consumers = consume();
      await Promise.all([regionKeeper.run(signal), aborted(signal)]);
      const deadlineMs = Math.max(stopDeadlineMs - CLOSING_MS, stopDeadlineMs / 2);
      await Promise.all(consumers.map((consumer) => consumer.stop(deadlineMs)));
    },
  };
}
