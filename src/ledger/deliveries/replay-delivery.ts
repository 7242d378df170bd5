import type { LoggedDelivery } from '../../domain/delivery.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { enableEndpoint } from './endpoints.ts';
import { getDelivery } from './read-deliveries.ts';

/**
 * Sends a delivery again, whatever has become of it, with the same id and a full budget, and enables its endpoint.
 * A run of the replay before has lost its lease, and its result is kept as an attempt alone.
 */
export async function replayDelivery(
  db: LedgerDatabase,
  id: DeliveryId,
  request: { actor: string; reason: string; at: string; webhookUrl: string | undefined },
): Promise<LoggedDelivery | undefined> {
  const { actor, reason, at, webhookUrl } = request;
  return db.transaction().execute(async (transaction) => {
    const before = await transaction
      .selectFrom('deliveries')
      .select(['status', 'error_code', 'attempts', 'replays', 'callback_url'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) return undefined;
    await transaction
      .updateTable('deliveries')
      .set({
        status: 'waiting',
        error_code: null,
        replays: before.replays + 1,
        tries: 0,
        began_at: at,
        next_attempt_at: at,
        leased_until: null,
        delivered_at: null,
        updated_at: at,
      })
      .where('id', '=', id)
      .execute();
    const url = before.callback_url ?? webhookUrl;
    if (url !== undefined) await enableEndpoint(transaction, url);
    const { status, error_code: errorCode, attempts, replays } = before;
    await recordAudit(transaction, {
      at,
      actor,
      action: 'replayDelivery',
      subject: id,
      reason,
      before: { status, errorCode, attempts, replays },
      after: { status: 'waiting', errorCode: null, attempts, replays: replays + 1 },
    });
    return getDelivery(transaction, id);
  });
}
