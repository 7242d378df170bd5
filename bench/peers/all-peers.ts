import { diy, diyAgent } from './bullmq.ts';
import { graphileWorker } from './graphile-worker.ts';
import type { Peer } from './peer.ts';
import { pgBoss } from './pg-boss.ts';

/** By the word that starts one as a process. */
export const PEERS = { diy, diyAgent, graphileWorker, pgBoss } as const satisfies Readonly<
  Record<string, Peer>
>;

export type PeerKey = keyof typeof PEERS;
