import { sql } from 'kysely';
import type { CancelWrite } from '../../domain/acceptance.ts';
import type { OnboardingId } from '../../domain/ids.ts';
import { nextStatus } from '../../domain/state-machine.ts';
import { auditedPart, recordAudit } from '../audit/record-audit.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { newDeliveryId, toldBy } from '../deliveries/record-events.ts';
import { ONBOARDING_COLUMNS, onboardingColumns, toOnboarding, type OnboardingRow } from './rows.ts';

/**
 * Cancels an onboarding permanently, with its webhook and audit entry, in one transaction. Its last error stays, so that anyone who
 * looks sees how it stood. A run that is still under way saves its attempts, and nothing else.
 */
export async function cancel(
  db: LedgerDatabase,
  id: OnboardingId,
  request: { replays: number; actor: string; reason: string; at: string; hasWebhook: boolean },
): Promise<CancelWrite> {
  const { actor, reason, at } = request;
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom('onboardings')
      .select(ONBOARDING_COLUMNS)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return { kind: 'notFound' };
    const before = toOnboarding(row);
    if (before.replays !== request.replays || nextStatus(before.status, 'cancel') === undefined)
      return { kind: 'refused', onboarding: before };
    const after = toOnboarding(await giveUp(transaction, id, request));
    const change = { before: auditedPart(before), after: auditedPart(after) };
    await recordAudit(transaction, { at, actor, action: 'cancel', subject: id, reason, ...change });
    return { kind: 'cancelled', onboarding: after };
  });
}

/** The caller holds the row's lock and has judged it. */
async function giveUp(
  db: LedgerDatabase,
  id: OnboardingId,
  { at, hasWebhook }: { at: string; hasWebhook: boolean },
): Promise<OnboardingRow> {
  const { rows } = await sql<OnboardingRow>`
    with cancelled as (
      update onboarding.onboardings o set status = 'cancelled', next_attempt_at = null,
        completed_at = ${at}::timestamptz, updated_at = ${at}::timestamptz, ends = o.ends + 1
      where o.id = ${id}
      returning ${onboardingColumns}, o.ends, false as late, ${newDeliveryId(at)}::text as event_id,
        'onboarding.cancelled' as event, null::integer as hours_left, ${at}::timestamptz as told_at
    ), told as (
      ${sql.raw(toldBy('cancelled', String(hasWebhook)))}
    )
    select ${onboardingColumns} from cancelled o`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`The row ${id} is gone, although it was locked.`);
  return row;
}
