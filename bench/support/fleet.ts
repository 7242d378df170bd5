import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import type { Place } from './place.ts';
import { startService, type WorkerProcess } from './worker-process.ts';

/** Worker processes side by side under one configured quota, once all of them are ready. */
export async function startFleet(
  place: Place,
  { workers, quotaPerSecond }: { workers: number; quotaPerSecond: number },
): Promise<{ stop(): Promise<void> }> {
  const fleet = await Promise.all(
    Array.from({ length: workers }, async () => {
      const port = await freePort();
      const env = {
        METRICS_PORT: String(port),
        QUOTA_PER_SECOND: String(quotaPerSecond),
        CONCURRENCY: '50',
      };
      return { port, worker: startService(place, { run: 'provisioning', env }) };
    }),
  );
  const all: readonly WorkerProcess[] = fleet.map(({ worker }) => worker);
  for (const { port, worker } of fleet) {
    while ((await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status !== 200) {
      if (!worker.isRunning()) throw new Error('A worker process did not start.');
      await delay(20);
    }
  }
  return {
    async stop() {
      await Promise.all(all.map(async (worker) => worker.stop()));
    },
  };
}
