import type { FrontDoor } from '../src/api/http/front-door.ts';
import type { Service } from '../src/compose.ts';
import { aborted } from '../src/runtime/aborted.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

/** Answers HTTP until the stop; answers that have begun are finished, but for uploads that take half of the deadline. */
export function httpWorker(
  app: NonNullable<Service['app']>,
  door: FrontDoor,
  stopDeadlineMs: number,
): Runnable {
  return {
    name: 'http',
    async run(signal) {
      door.admit((request, response) => app.routing(request, response));
      await aborted(signal);
      await door.close(stopDeadlineMs / 2);
    },
  };
}
