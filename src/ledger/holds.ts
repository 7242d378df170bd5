import type { Hold, HoldKind } from '../domain/hold.ts';
import type { Region } from '../domain/region.ts';
import type { LedgerDatabase } from './database.ts';
import { recordNews } from './deliveries/record-events.ts';
import { storable } from './storable-text.ts';

/**
 * One hold of a kind lasts per Region, which a unique index sees to: whoever comes second leaves the first's reason.
 * That a circuit opened or closed is told in the same commit, so exactly once however many workers saw it.
 * @param hasWebhook whether there is anybody to tell
 */
export async function beginHold(
  db: LedgerDatabase,
  { region, kind, reason, actor, beganAt }: Omit<Hold, 'endedAt'>,
  hasWebhook: boolean,
): Promise<'begun' | 'lasting'> {
  return db.transaction().execute(async (transaction) => {
    const begun = await transaction
      .insertInto('holds')
      .values({ region, kind, reason: storable(reason), actor, began_at: beganAt })
      .onConflict((conflict) =>
        conflict.columns(['region', 'kind']).where('ended_at', 'is', null).doNothing(),
      )
      .returning('id')
      .executeTakeFirst();
    if (begun === undefined) return 'lasting';
    if (actor !== null) await audit(transaction, { action: 'pause', region, actor, reason, at: beganAt });
    if (kind === 'circuit' && hasWebhook) {
      const circuit = { state: 'open', reason, openedAt: beganAt, closedAt: null } as const;
      const news = { type: 'region.circuitOpened', data: { region, circuit }, at: beganAt } as const;
      await recordNews(transaction, news);
    }
    return 'begun';
  });
}

export async function endHold(
  db: LedgerDatabase,
  { region, kind, hasWebhook }: { region: Region; kind: HoldKind; hasWebhook: boolean },
  { at, by }: { at: string; by?: { actor: string; reason: string } },
): Promise<'ended' | 'none'> {
  return db.transaction().execute(async (transaction) => {
    const ended = await transaction
      .updateTable('holds')
      // Whoever ends it may have a slower clock than who began it.
      .set((eb) => ({
        ended_at: eb.fn<string>('greatest', ['began_at', eb.cast(eb.val(at), 'timestamptz')]),
      }))
      .where('region', '=', region)
      .where('kind', '=', kind)
      .where('ended_at', 'is', null)
      .returning(['reason', 'began_at', 'ended_at'])
      .executeTakeFirst();
    if (ended === undefined) return 'none';
    if (by !== undefined) await audit(transaction, { action: 'resume', region, ...by, at });
    if (kind === 'circuit' && hasWebhook) {
      const { reason, began_at: openedAt, ended_at: closedAt } = ended;
      const circuit = { state: 'closed', reason, openedAt, closedAt } as const;
      const news = { type: 'region.circuitClosed', data: { region, circuit }, at: closedAt ?? at } as const;
      await recordNews(transaction, news);
    }
    return 'ended';
  });
}

export async function lastingHolds(db: LedgerDatabase): Promise<readonly Hold[]> {
  const rows = await db.selectFrom('holds').selectAll().where('ended_at', 'is', null).orderBy('id').execute();
  return rows.map(toHold);
}

export async function holdsSince(
  db: LedgerDatabase,
  region: Region,
  since: string,
): Promise<readonly Hold[]> {
  const rows = await db
    .selectFrom('holds')
    .selectAll()
    .where('region', '=', region)
    .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>', since)]))
    .orderBy('began_at')
    .execute();
  return rows.map(toHold);
}

async function audit(
  db: LedgerDatabase,
  entry: { action: 'pause' | 'resume'; region: Region; actor: string; reason: string; at: string },
): Promise<void> {
  const { action, region, actor, reason, at } = entry;
  const paused = action === 'pause';
  await db
    .insertInto('audit')
    .values({
      at,
      actor,
      action,
      subject: region,
      reason: storable(reason),
      before: JSON.stringify({ paused: !paused }),
      after: JSON.stringify({ paused }),
    })
    .execute();
}

function toHold(row: {
  region: string;
  kind: HoldKind;
  reason: string;
  actor: string | null;
  began_at: string;
  ended_at: string | null;
}): Hold {
  const { kind, reason, actor, began_at: beganAt, ended_at: endedAt } = row;
  return { region: row.region as Region, kind, reason, actor, beganAt, endedAt };
}
