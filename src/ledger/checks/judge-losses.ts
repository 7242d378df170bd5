import { sql } from 'kysely';
import type { LossDecision } from '../../domain/check.ts';
import type { Region } from '../../domain/region.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { LedgerDatabase } from '../database/database.ts';

/** What was missing before the hold ended is not counted again: `recentLosses`. */
export async function judgeLosses(
  db: LedgerDatabase,
  region: Region,
  { decision, at, actor, reason }: { decision: LossDecision; at: string; actor: string; reason: string },
): Promise<'ended' | 'none'> {
  return db.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('holds')
      .set((eb) => ({
        ended_at: eb.fn<string>('greatest', ['began_at', eb.cast(eb.val(at), 'timestamptz')]),
      }))
      .where('region', '=', region)
      .where('kind', '=', 'losses')
      .where('ended_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return 'none';
    const { numAffectedRows } = await sql`
      update onboarding.onboardings o set next_check_at = ${at}::timestamptz, looked_at = null,
        lost_since = case when ${decision === 'dismiss'}::boolean then null else o.lost_since end
      where o.region = ${region} and o.lost_since is not null and o.connection not in ('expired', 'removed')`.execute(
      transaction,
    );
    const lost = Number(numAffectedRows ?? 0);
    await recordAudit(transaction, {
      ...{ at, actor, action: 'losses', subject: region, reason },
      before: { held: true, lost },
      after: { held: false, lost, decision },
    });
    return 'ended';
  });
}
