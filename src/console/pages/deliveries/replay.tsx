import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LoggedDelivery } from '../../../domain/delivery.ts';
import { isDeliveryId } from '../../../domain/ids.ts';
import { replayDelivery, type ReplayDeliveryDeps } from '../../../operations/replay-delivery.ts';
import type { DeliveryLedger } from '../../../ports/delivery-ledger.ts';
import { confirmAction } from '../../confirm.tsx';
import type { Respond } from '../../page.ts';
import { StatusBadge } from '../../views/badge.tsx';

export interface ReplayDeliveryActionDeps {
  readonly replayDelivery: ReplayDeliveryDeps;
}

/** Sends a notification again. */
export function replayDeliveryAction(
  app: FastifyInstance,
  { replayDelivery: deps, respond }: ReplayDeliveryActionDeps & { respond: Respond },
): void {
  confirmAction<LoggedDelivery>(app, respond, {
    path: '/deliveries/:id/replay',
    find: (request) => findDelivery(request, deps.ledger),
    ask: (delivery) =>
      Promise.resolve({
        kind: 'question',
        heading: 'Send this notification again?',
        preview: <Preview delivery={delivery} />,
        verb: 'Send again',
        back: `/deliveries/${delivery.id}`,
      }),
    async act({ id }, order) {
      await replayDelivery(id, order, deps);
      return { kind: 'done', to: `/deliveries/${id}`, notice: 'deliveryReplayed' };
    },
  });
}

/** The webhook delivery that the address names; undefined: there is none. */
export async function findDelivery(
  request: FastifyRequest,
  ledger: Pick<WebhookLedger, 'getDelivery'>,
): Promise<LoggedDelivery | undefined> {
  const { id = '' } = request.params as { id?: string };
  return isDeliveryId(id) ? ledger.getDelivery(id) : undefined;
}

function Preview({ delivery: { type, status, destination } }: { delivery: LoggedDelivery }) {
  return (
    <ul class="preview">
      <li>
        <b>{type}</b>: <StatusBadge status={status} /> becomes <StatusBadge status="waiting" />, with a full
        budget of attempts.
      </li>
      <li>
        It goes to the {destination === 'webhook' ? 'WEBHOOK_URL' : 'onboarding’s callbackUrl'} with the same
        webhook-id, so a receiver that has seen it can tell.
      </li>
      <li>If its endpoint is disabled, it is enabled again.</li>
    </ul>
  );
}
