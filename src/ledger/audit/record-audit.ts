import { type RawBuilder, sql } from 'kysely';
import type { AuditedOnboarding, AuditEntry, AuditFilter, NewAuditEntry } from '../../domain/audit.ts';
import type { Page } from '../../domain/listing.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import { auditCursorAfter, readAuditCursor } from '../cursor.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { storable } from '../database/values.ts';

/** Writes an entry; with a transaction as `db` it is committed with what it tells of, or not at all. */
export async function recordAudit(db: LedgerDatabase, entry: NewAuditEntry): Promise<void> {
  const { at, actor, action, subject, reason, before, after } = entry;
  await db
    .insertInto('audit')
    .values({
      at,
      actor: storable(actor),
      action,
      subject: storable(subject),
      reason: reason === null ? null : storable(reason),
      before: JSON.stringify(before),
      after: JSON.stringify(after),
    })
    .execute();
}

export function auditedPart(onboarding: Onboarding): AuditedOnboarding {
  const { status, replays, outcome, eventSourceArn, arnOrigin, awsState, expiresAt, error, completedAt } =
    onboarding;
  return { status, replays, outcome, eventSourceArn, arnOrigin, awsState, expiresAt, error, completedAt };
}

/**
 * One page, newest first by the instant of the deed. Entries of one millisecond are told apart by their number, so that
 * a page ends at one place; every filter has an index in this order.
 */
export async function listAudit(
  db: LedgerDatabase,
  { actor, action, subject, replayId, folded, from, to }: AuditFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<AuditEntry>> {
  let query = db
    .selectFrom('audit')
    .selectAll()
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    // One more than asked tells whether there is a next page.
    .limit(limit + 1);
  if (actor !== undefined) query = query.where('actor', '=', storable(actor));
  if (action !== undefined) query = query.where('action', '=', action);
  if (subject !== undefined) query = query.where('subject', '=', storable(subject));
  if (replayId !== undefined)
    query = query.where(sql<boolean>`after ? 'replayId' and after ->> 'replayId' = ${storable(replayId)}`);
  if (folded === true) query = query.where(sql<boolean>`not (after ? 'replayId')`);
  if (from !== undefined) query = query.where('at', '>=', from);
  if (to !== undefined) query = query.where('at', '<=', to);
  if (cursor !== undefined) query = query.where(isAfter(cursor));
  const rows = await query.execute();
  // An action's changes were typed on their way in.
  const items = rows.slice(0, limit) as AuditEntry[];
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? auditCursorAfter(last) : null };
}

function isAfter(cursor: string): RawBuilder<boolean> {
  const { at, id } = readAuditCursor(cursor);
  return sql<boolean>`(at, id) < (${at}::timestamptz, ${id}::bigint)`;
}
