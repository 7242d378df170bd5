import { isReplayId, type ReplayId } from '../../domain/ids.ts';
import type { Page } from '../../domain/listing.ts';
import type { Replay, ReplayCancel, ReplayStatus } from '../../domain/replay.ts';
import { cursorAfter, readCursor } from '../cursor.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { auditedReplay, REPLAY, withWaiting } from './replay-tables.ts';

export async function getReplay(db: LedgerDatabase, id: ReplayId): Promise<Replay | undefined> {
  const row = await db.selectFrom('replays').select(REPLAY).where('id', '=', id).executeTakeFirst();
  return row && withWaiting(row);
}

export async function listReplays(
  db: LedgerDatabase,
  { status }: { status?: ReplayStatus },
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<Replay>> {
  let query = db
    .selectFrom('replays')
    .select(REPLAY)
    .orderBy('id', 'desc')
    // One more than asked tells whether there is a next page.
    .limit(limit + 1);
  if (status !== undefined) query = query.where('status', '=', status);
  if (cursor !== undefined) query = query.where('id', '<', readCursor(cursor, isReplayId));
  const items = (await query.execute()).map(withWaiting);
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page,
    nextCursor: items.length > limit && last !== undefined ? cursorAfter(last.id) : null,
  };
}

export async function runningReplays(db: LedgerDatabase): Promise<number> {
  const { count } = await db
    .selectFrom('replays')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow();
  return count;
}

/** It stays open: what it had queued has still to be carried and to end. */
export async function cancelReplay(
  db: LedgerDatabase,
  id: ReplayId,
  { actor, reason, at }: { actor: string; reason: string; at: string },
): Promise<ReplayCancel> {
  return db.transaction().execute(async (transaction) => {
    const before = await transaction
      .selectFrom('replays')
      .select(REPLAY)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) return { kind: 'notFound' };
    if (before.status !== 'running') return { kind: 'ended', replay: withWaiting(before) };
    const after = await transaction
      .updateTable('replays')
      .set({ status: 'cancelled', updated_at: at, ended_at: at })
      .where('id', '=', id)
      .returning(REPLAY)
      .executeTakeFirstOrThrow();
    const change = { before: auditedReplay(withWaiting(before)), after: auditedReplay(withWaiting(after)) };
    await recordAudit(transaction, { at, actor, action: 'cancelReplay', subject: id, reason, ...change });
    return { kind: 'cancelled', replay: withWaiting(after) };
  });
}
