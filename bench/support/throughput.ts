/**
 * Onboardings per second of one worker process: the load waits before the process starts, and the clock runs from the
 * moment when the first of it are done (the process is warm then) to the end of the last.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { PEERS, type PeerKey } from '../peers/all-peers.ts';
import { watchQueue } from '../peers/bullmq.ts';
import { countProvisioned, fillOurs } from './ours.ts';
import { settleDatabase, type AwsSettings, type Ground, type Place } from './place.ts';
import { cpuMs } from './process-figures.ts';
import type { Contestant, Figures } from './rounds.ts';
import { startPeer, startService, type WorkerProcess } from './worker-process.ts';

export interface Load {
  readonly count: number;
  readonly concurrency: number;
  readonly aws: AwsSettings;
}

/** Done before the clock starts: code is compiled, connections are open. */
const WARM_SHARE = 0.25;
const LOOK_EVERY_MS = 50;
const NO_PROGRESS_MAX_MS = 60_000;

export function oursAt(ground: Ground, load: Load): Contestant {
  return {
    name: `this project, c${load.concurrency}`,
    async measure() {
      const place = await ground.freshPlace(load.aws);
      try {
        const { keys } = await fillOurs(place, load.count);
        return await workedOff({ place, keys }, load);
      } finally {
        await place.leave();
      }
    },
  };
}

/**
 * Works `count` of those that wait at a place, which may be more.
 * @param filled with the prefix of its queue's keys
 */
export async function workedOff(
  { place, keys }: { readonly place: Place; readonly keys: string },
  load: Pick<Load, 'count' | 'concurrency'>,
): Promise<Figures> {
  const before = await countProvisioned(place.databaseUrl);
  const watch = await watchQueue(place.redisUrl, keys);
  const figures = await timed(load, watch, () =>
    startService(place, { run: 'provisioning', env: { CONCURRENCY: String(load.concurrency) } }),
  );
  const provisioned = (await countProvisioned(place.databaseUrl)) - before;
  if (provisioned < load.count) throw new Error(`Only ${provisioned} of ${load.count} are provisioned.`);
  return figures;
}

export function peerAt(key: PeerKey, ground: Ground, load: Load): Contestant {
  const peer = PEERS[key];
  return {
    name: `${peer.name}, c${load.concurrency}`,
    async measure() {
      const place: Place & { leave(): Promise<void> } = await ground.freshPlace(load.aws);
      try {
        await peer.fill(place, load.count);
        await settleDatabase(place.databaseUrl);
        return await timed(load, await peer.watch(place), () => startPeer(key, place, load.concurrency));
      } finally {
        await place.leave();
      }
    },
  };
}

interface Watch {
  left(): Promise<number>;
  close(): Promise<void>;
}

async function timed(
  { count }: Pick<Load, 'count'>,
  watch: Watch,
  startWorker: () => WorkerProcess,
): Promise<Figures> {
  const remaining = (await watch.left()) - count;
  const worker = startWorker();
  try {
    const warm = await leftAtMost(remaining + count * (1 - WARM_SHARE), { watch, worker });
    const cpuBefore = await cpuMs(worker.pid);
    const end = await leftAtMost(remaining, { watch, worker });
    const cpuAfter = await cpuMs(worker.pid);
    const done = warm.left - end.left;
    return { perSecond: (done / (end.at - warm.at)) * 1_000, cpuMsEach: (cpuAfter - cpuBefore) / done };
  } finally {
    await worker.stop();
    await watch.close();
  }
}

async function leftAtMost(
  most: number,
  { watch, worker }: { watch: Watch; worker: WorkerProcess },
): Promise<{ left: number; at: number }> {
  let before = Infinity;
  let movedAt = performance.now();
  for (;;) {
    const left = await watch.left();
    const at = performance.now();
    if (left <= most) return { left, at };
    if (left < before) movedAt = at;
    before = left;
    if (!worker.isRunning()) throw new Error('The worker process has ended.');
    if (at - movedAt > NO_PROGRESS_MAX_MS)
      throw new Error(`Nothing was done for a minute; ${left} are left.`);
    await delay(LOOK_EVERY_MS);
  }
}
