/**
 * Runs bulk replays. The ledger gives each to one process by a lease that fences every step. Each step is a commit of its own:
 *
 *  1. a batch of members is moved to `queued`, each if it is still as it was when the set was fixed;
 *  2. their jobs are added, in lane bulk;
 *  3. the batch is reported as queued, and the next one may be moved.
 *
 * After a crash in between, the jobs of the moved batch are added again under the same ids before anything else.
 */
import type { ReplayId } from '../domain/ids.ts';
import type { Replay } from '../domain/replay.ts';
import type { Clock, JobQueue, Log, Metrics } from '../ports.ts';
import type { ReplayLedger } from '../ports/replay-ledger.ts';

export interface ReplayRunnerDeps {
  readonly ledger: ReplayLedger;
  readonly queue: Pick<JobQueue, 'add'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'replayed'>;
  /** Names this process to the others, and no other process. */
  readonly holder: string;
}

export interface ReplayRunner {
  /**
   * A batch of every replay that this process may work at and that has something to queue, and a look at what has
   * ended. Of many, some; the others come next.
   * @returns for how many milliseconds to rest
   */
  turn(signal: AbortSignal): Promise<number>;
  /** Lets other processes go on at once. */
  release(): Promise<void>;
}

/** A process that is killed is missed for so long; each step is far quicker. */
const LEASE_MS = 5_000;
/**
 * One statement and one call of Redis, of some 8 ms each. With 200 the slowest of a hundred live signups took more than
 * twice as long as without a replay (docs/performance.md).
 */
const BATCH = 100;
const IDLE_MS = 500;
/** Where a batch takes longer, the machine is busy with something else, and a longer rest would not help. */
const REST_MAX_MS = 100;
/** The members that a rate allows gather for so long. */
const PACED_MS = 100;
const SETTLE_EVERY_MS = 1_000;
/** Where many only wait, perhaps for a paused Region, those of which nothing ends are looked at at this pace in all. */
const SETTLE_PACE_MS = 50;
const LOOK = 1_000;
/** Of replays in a turn, to queue and to look at: far less work than a lease lasts. */
const TURN_MAX = 20;

/** Where the walks over the members continue; lost with the process, and then they start over. */
interface Progress {
  settledAt: number;
  /** For so long nothing is expected to end. */
  quietMs: number;
  /** All members up to this one have ended. */
  front: number;
  /** Where the walk that goes round is. */
  round: number;
}

export function createReplayRunner(deps: ReplayRunnerDeps): ReplayRunner {
  const { ledger, holder, clock } = deps;
  const progress = new Map<ReplayId, Progress>();
  return {
    async turn(signal) {
      const leased = await ledger.leaseReplays(holder, LEASE_MS);
      keepOnly(progress, leased);
      const quietMaxMs = Math.max(SETTLE_EVERY_MS, leased.length * SETTLE_PACE_MS);
      for (const [id, known] of toSettle(progress, clock.now())) {
        if (signal.aborted) break;
        const settled = await settle(id, known, deps);
        known.quietMs = settled > 0 ? SETTLE_EVERY_MS : Math.min(2 * known.quietMs, quietMaxMs);
      }
      let restMs = IDLE_MS;
      for (const id of await ledger.replaysToQueue(holder, TURN_MAX)) {
        if (signal.aborted) break;
        restMs = Math.min(restMs, await queueBatch(id, deps));
      }
      return restMs;
    },
    release: () => ledger.releaseReplays(holder),
  };
}

function keepOnly(progress: Map<ReplayId, Progress>, leased: readonly ReplayId[]): void {
  const ids = new Set(leased);
  for (const id of progress.keys()) if (!ids.has(id)) progress.delete(id);
  for (const id of leased)
    if (!progress.has(id))
      progress.set(id, { settledAt: -Infinity, quietMs: SETTLE_EVERY_MS, front: 0, round: 0 });
}

/** The least recently checked come first. */
function toSettle(progress: ReadonlyMap<ReplayId, Progress>, now: number): [ReplayId, Progress][] {
  return [...progress]
    .filter(([, { settledAt, quietMs }]) => now - settledAt >= quietMs)
    .sort(([, { settledAt: one }], [, { settledAt: other }]) => Number(one > other) - Number(one < other))
    .slice(0, TURN_MAX);
}

/** Gives back how long to rest: after a full batch about as long as it took, so that half of the time is left to other work. */
async function queueBatch(
  id: ReplayId,
  { ledger, queue, clock, metrics, holder }: ReplayRunnerDeps,
): Promise<number> {
  const startedAt = clock.now();
  const at = new Date(startedAt).toISOString();
  const batch = await ledger.moveReplayBatch(id, { holder, limit: BATCH, at });
  if (batch === undefined) return IDLE_MS;
  if (batch.moving > 0) {
    // Rows deleted since leave none, and the batch has to be reported all the same.
    if (batch.jobs.length > 0) await queue.add(batch.jobs);
    await ledger.replayBatchQueued(id, { holder, at: new Date(clock.now()).toISOString() });
    metrics.replayed(batch.jobs.length);
  }
  return batch.taken === BATCH ? Math.min(REST_MAX_MS, clock.now() - startedAt) : PACED_MS;
}

/**
 * Jobs end about in the order in which they were queued, so the first members that are still at work are looked at
 * every time; one look more goes round among the rest, for those that waited or overtook.
 */
async function settle(id: ReplayId, progress: Progress, deps: ReplayRunnerDeps): Promise<number> {
  let settled = 0;
  const look = async (after: number) => {
    const at = new Date(deps.clock.now()).toISOString();
    const found = await deps.ledger.settleReplay(id, { holder: deps.holder, after, limit: LOOK, at });
    settled += found?.settled ?? 0;
    return found;
  };
  let first = await look(progress.front);
  while (first !== undefined && first.settled === first.looked && !first.isEnd) {
    progress.front = first.through;
    first = await look(progress.front);
  }
  const rest = first === undefined || first.isEnd ? undefined : Math.max(progress.round, first.through);
  const second = rest === undefined ? undefined : await look(rest);
  progress.round = second === undefined || second.isEnd ? 0 : second.through;
  progress.settledAt = deps.clock.now();
  const over = first?.over ?? second?.over;
  if (over !== undefined) tellEnd(over, deps);
  return settled;
}

function tellEnd({ id, status, createdAt, ...replay }: Replay, { log, clock }: ReplayRunnerDeps): void {
  // A cancelled one was told when it was cancelled.
  if (status !== 'completed') return;
  const { matched, queued, skipped, provisioned, failed, cancelled } = replay;
  const tookMs = clock.now() - Date.parse(createdAt);
  log.info(
    { replay_id: id, matched, queued, skipped, provisioned, failed, cancelled, took_ms: tookMs },
    'replay.completed',
  );
}
