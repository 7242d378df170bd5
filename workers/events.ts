import type { Service } from '../src/compose.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

/** Gives positions to what was committed. Every process runs it, so that what it commits is seen at once. */
export function eventsWorker({ events }: Pick<Service, 'events'>): Runnable {
  return { name: 'events', run: (signal) => events.keepPositions(signal) };
}
