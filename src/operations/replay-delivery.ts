import type { LoggedDelivery } from '../domain/delivery.ts';
import type { DeliveryId } from '../domain/ids.ts';
import type { OperatorRequest } from '../domain/operator-request.ts';
import type { OperatorDeps } from './operator-deps.ts';

/**
 * Sends a webhook again, with the same id: one that was given up, one that waits for a later attempt, and also
 * one that was delivered, since a receiver may have lost it. Its endpoint is enabled again. Undefined: there is none.
 */
export async function replayDelivery(
  id: DeliveryId,
  { actor, reason, dryRun }: OperatorRequest,
  { ledger, clock, log }: Pick<OperatorDeps, 'ledger' | 'clock' | 'log'>,
): Promise<LoggedDelivery | undefined> {
  if (dryRun) return ledger.getDelivery(id);
  const at = new Date(clock.now()).toISOString();
  const delivery = await ledger.replayDelivery(id, { actor, reason, at });
  if (delivery !== undefined) log.info({ delivery_id: id, actor }, 'delivery.replayed');
  return delivery;
}
