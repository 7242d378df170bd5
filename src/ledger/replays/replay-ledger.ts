import { sql } from 'kysely';
import type { ReplayLedger } from '../../ports/replay-ledger.ts';
import type { LedgerDatabase } from '../database.ts';
import { reach } from '../unreachable.ts';
import { createReplay, createReplayKeyed, previewReplay } from './create-replay.ts';
import { leaseReplays, releaseReplays, replaysToQueue } from './lease-replays.ts';
import { moveReplayBatch, replayBatchQueued } from './move-batch.ts';
import { cancelReplay, getReplay, listReplays, runningReplays } from './read-replays.ts';
import { settleReplay } from './settle-replay.ts';

type Bounded = <T>(call: () => Promise<T>) => Promise<T>;

/** The part of the port that is about replays of many. `patient`: connections whose statements may take long. */
export function createReplayLedger(
  { db, patient }: { db: LedgerDatabase; patient: LedgerDatabase },
  { bounded, changing }: { bounded: Bounded; changing: Bounded },
): ReplayLedger {
  /** For a whole set. A database that is away is noticed as fast as ever; one that answers may then take its time. */
  const patiently: Bounded = async (call) => {
    await bounded(() => sql`select 1`.execute(db));
    return reach(call);
  };
  return {
    previewReplay: (filter) => patiently(() => previewReplay(patient, filter)),
    createReplay: (replay) => patiently(() => createReplay(patient, replay)),
    createReplayKeyed: (replay, key) => patiently(() => createReplayKeyed(patient, replay, key)),
    getReplay: (id) => bounded(() => getReplay(db, id)),
    listReplays: (filter, page) => bounded(() => listReplays(db, filter, page)),
    cancelReplay: (id, request) => bounded(() => cancelReplay(db, id, request)),
    runningReplays: () => bounded(() => runningReplays(db)),
    leaseReplays: (holder, leaseMs) => bounded(() => leaseReplays(db, holder, leaseMs)),
    replaysToQueue: (holder, limit) => bounded(() => replaysToQueue(db, holder, limit)),
    releaseReplays: (holder) => bounded(() => releaseReplays(db, holder)),
    moveReplayBatch: (id, batch) => changing(() => moveReplayBatch(db, id, batch)),
    replayBatchQueued: (id, by) => bounded(() => replayBatchQueued(db, id, by)),
    settleReplay: (id, look) => bounded(() => settleReplay(db, id, look)),
  };
}
