import { sql } from 'kysely';
import type { AuditedRegion } from '../domain/audit.ts';
import type { CircuitNews } from '../domain/delivery.ts';
import type { Hold, HoldKind } from '../domain/hold.ts';
import type { Region } from '../domain/region.ts';
import { recordAudit } from './audit/record-audit.ts';
import type { LedgerDatabase } from './database/database.ts';
import type { Receivers } from './deliveries/receivers.ts';
import { recordNews } from './deliveries/record-events.ts';
import { storable } from './database/values.ts';

/** What the SQL function `onboarding.accept` notifies at the commit, and the end of a drain: there may be rows without a job. */
export const ACCEPTED_CHANNEL = 'onboarding_accepted';

/**
 * One hold of a kind lasts per Region, which a unique index sees to: a second call leaves the first's reason.
 * That a circuit opened or closed is told in the same commit, so exactly once however many workers saw it.
 */
export async function beginHold(
  db: LedgerDatabase,
  { region, kind, reason, actor, beganAt }: Omit<Hold, 'endedAt'>,
  receivers: Receivers,
): Promise<'begun' | 'lasting'> {
  return db.transaction().execute(async (transaction) => {
    if (actor !== null) await lockRegion(transaction, region);
    const before = actor === null ? undefined : await heldByOperator(transaction, region);
    const begun = await transaction
      .insertInto('holds')
      .values({ region, kind, reason: storable(reason), actor, began_at: beganAt })
      .onConflict((conflict) =>
        conflict.columns(['region', 'kind']).where('ended_at', 'is', null).doNothing(),
      )
      .returning('id')
      .executeTakeFirst();
    if (begun === undefined) return 'lasting';
    if (actor !== null && before !== undefined) {
      const action = kind === 'drain' ? 'drain' : 'pause';
      const after = { ...before, [kind === 'drain' ? 'draining' : 'paused']: true };
      await recordAudit(transaction, { at: beganAt, actor, action, subject: region, reason, before, after });
    }
    if (kind === 'circuit') {
      const circuit = { state: 'open', reason, openedAt: beganAt, closedAt: null } as const;
      await tellCircuit(transaction, { region, circuit }, receivers);
    }
    if (kind === 'losses' && receivers.alertUrl !== undefined) {
      const topic = { about: 'losses', region, found: reason } as const;
      const data = { topic, state: 'began', since: beganAt } as const;
      await recordNews(transaction, { type: 'alert', data, at: beganAt });
    }
    return 'begun';
  });
}

/** Ends what operators have begun: a pause, a drain, or both. This wakes the pick-up of what was accepted meanwhile. */
export async function resumeRegion(
  db: LedgerDatabase,
  region: Region,
  { at, actor, reason }: { at: string; actor: string; reason: string },
): Promise<'ended' | 'none'> {
  return db.transaction().execute(async (transaction) => {
    await lockRegion(transaction, region);
    const before = await heldByOperator(transaction, region);
    if (!before.paused && !before.draining) return 'none';
    await endLasting(transaction, region, { kinds: ['operator', 'drain'], at });
    const after = { paused: false, draining: false };
    await recordAudit(transaction, { at, actor, action: 'resume', subject: region, reason, before, after });
    if (before.draining) await sql`select pg_notify(${ACCEPTED_CHANNEL}, '')`.execute(transaction);
    return 'ended';
  });
}

export async function endHold(
  db: LedgerDatabase,
  { region, kind, at }: { region: Region; kind: HoldKind; at: string },
  receivers: Receivers,
): Promise<'ended' | 'none'> {
  return db.transaction().execute(async (transaction) => {
    const [ended] = await endLasting(transaction, region, { kinds: [kind], at });
    if (ended === undefined) return 'none';
    if (kind === 'circuit') {
      const { reason, beganAt: openedAt, endedAt } = ended;
      const circuit = { state: 'closed', reason, openedAt, closedAt: endedAt ?? at } as const;
      await tellCircuit(transaction, { region, circuit }, receivers);
    }
    return 'ended';
  });
}

async function tellCircuit(
  db: LedgerDatabase,
  data: CircuitNews,
  { webhookUrl, alertUrl }: Receivers,
): Promise<void> {
  const { region, circuit } = data;
  const at = circuit.closedAt ?? circuit.openedAt;
  if (webhookUrl !== undefined) {
    const type = circuit.state === 'open' ? 'region.circuitOpened' : 'region.circuitClosed';
    await recordNews(db, { type, data, at });
  }
  if (alertUrl === undefined) return;
  const topic = { about: 'circuit', region, code: circuit.reason } as const;
  const state = circuit.state === 'open' ? 'began' : 'ended';
  await recordNews(db, { type: 'alert', data: { topic, state, since: circuit.openedAt }, at });
}

const HOLD = ['region', 'kind', 'reason', 'actor', 'began_at as beganAt', 'ended_at as endedAt'] as const;

export async function lastingHolds(db: LedgerDatabase): Promise<readonly Hold[]> {
  return db.selectFrom('holds').select(HOLD).where('ended_at', 'is', null).orderBy('id').execute();
}

export async function holdsSince(
  db: LedgerDatabase,
  region: Region,
  since: string,
): Promise<readonly Hold[]> {
  return db
    .selectFrom('holds')
    .select(HOLD)
    .where('region', '=', region)
    .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>', since)]))
    .orderBy('began_at')
    .execute();
}

/** Operators act on a Region one after the other, so that the audit's states before and after join on. */
async function lockRegion(db: LedgerDatabase, region: Region): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`holds of ${region}`}, 0))`.execute(db);
}

async function heldByOperator(db: LedgerDatabase, region: Region): Promise<AuditedRegion> {
  const rows = await db
    .selectFrom('holds')
    .select('kind')
    .where('region', '=', region)
    .where('ended_at', 'is', null)
    .execute();
  const isHeldBy = (kind: HoldKind): boolean => rows.some((row) => row.kind === kind);
  return { paused: isHeldBy('operator'), draining: isHeldBy('drain') };
}

function endLasting(
  db: LedgerDatabase,
  region: Region,
  { kinds, at }: { kinds: readonly HoldKind[]; at: string },
): Promise<Pick<Hold, 'reason' | 'beganAt' | 'endedAt'>[]> {
  return (
    db
      .updateTable('holds')
      // The process that ends it may have a slower clock than the one that began it.
      .set((eb) => ({
        ended_at: eb.fn<string>('greatest', ['began_at', eb.cast(eb.val(at), 'timestamptz')]),
      }))
      .where('region', '=', region)
      .where('kind', 'in', kinds)
      .where('ended_at', 'is', null)
      .returning(['reason', 'began_at as beganAt', 'ended_at as endedAt'])
      .execute()
  );
}
