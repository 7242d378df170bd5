import type { Service } from '../src/compose.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

/** Looks at sources when they are due. A stop cuts looks, whose leases run out. */
export function lifecycleWorker({ checks }: Pick<Service, 'checks'>): Runnable {
  return { name: 'lifecycle', run: (signal) => checks.run(signal) };
}
