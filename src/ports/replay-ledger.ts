import type { ReplayId } from '../domain/ids.ts';
import type { KeyedReplay, ReplayKey } from '../domain/acceptance.ts';
import type { Page } from '../domain/listing.ts';
import type {
  MovedBatch,
  NewReplay,
  Replay,
  ReplayCancel,
  ReplayFilter,
  ReplayPreview,
  ReplaySettled,
  ReplayStatus,
} from '../domain/replay.ts';

/**
 * Replays of many onboardings. A process works at a replay only while it holds its lease, which is judged by the
 * database's clock; `holder` names the process, and a call of one that has lost the lease changes nothing.
 */
export interface ReplayLedger {
  /** Reads only; may take seconds where a million match. */
  previewReplay(filter: ReplayFilter): Promise<ReplayPreview>;
  /**
   * Fixes the set of a new replay: what matches now, each at its present replay number; one transaction, with the
   * audit. Undefined: nothing matches, and nothing was written. May take seconds where a million match.
   */
  createReplay(replay: NewReplay): Promise<Replay | undefined>;
  /** The same under a key, together with the answer that is kept. Never waits, as `acceptKeyed` does. */
  createReplayKeyed(replay: NewReplay, key: ReplayKey): Promise<KeyedReplay>;
  getReplay(id: ReplayId): Promise<Replay | undefined>;
  /** Newest first. An unreadable cursor throws {@link InvalidCursorError}. */
  listReplays(
    filter: { status?: ReplayStatus },
    page: { limit: number; cursor?: string },
  ): Promise<Page<Replay>>;
  /** Stops what is not queued yet, audited. `ended`: there was nothing left to cancel. */
  cancelReplay(id: ReplayId, request: { actor: string; reason: string; at: string }): Promise<ReplayCancel>;
  /** How many are running. */
  runningReplays(): Promise<number>;

  /**
   * The replays that the holder may work at for `leaseMs` from now on: its own, and a few more of those that no process
   * has, first those of which something can be queued.
   */
  leaseReplays(holder: string, leaseMs: number): Promise<readonly ReplayId[]>;
  /** Of those that the holder has, the ones of which something can be queued now, longest without a turn first. */
  replaysToQueue(holder: string, limit: number): Promise<readonly ReplayId[]>;
  /** Lets others go on at once. */
  releaseReplays(holder: string): Promise<void>;
  /**
   * Moves the next members, at most `limit` and within the replay's rate, to `queued` where they are still failed at the same
   * replay number; each is audited. Returns what must be added to the queue and reported; an unreported batch comes again first.
   * Undefined: the lease is lost, or nothing is left.
   */
  moveReplayBatch(
    id: ReplayId,
    batch: { holder: string; limit: number; at: string },
  ): Promise<MovedBatch | undefined>;
  /** The jobs of the batch that was moved last are in the queue. */
  replayBatchQueued(id: ReplayId, by: { holder: string; at: string }): Promise<void>;
  /** Looks at the next queued members after a number, `limit` at most, and counts those that have ended again. */
  settleReplay(
    id: ReplayId,
    look: { holder: string; after: number; limit: number; at: string },
  ): Promise<ReplaySettled | undefined>;
}
