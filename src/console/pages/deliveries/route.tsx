import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ledger } from '../../../ports.ts';
import type { PagesDeps } from '../../deps.ts';
import { findNamed } from '../../query.ts';
import { VIEWED } from '../../security.ts';
import { listRoute } from '../../list-route.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { deliveryPage } from './delivery-view.tsx';
import { deliveriesPage, DELIVERY_FIELDS } from './view.tsx';
import type { LoggedDelivery } from '../../../domain/delivery.ts';
import { isDeliveryId } from '../../../domain/ids.ts';
import { replayDelivery } from '../../../operations/replay-delivery.ts';
import { confirmAction } from '../../confirm.tsx';
import { StatusBadge } from '../../views/badge.tsx';

const ENDPOINTS_SHOWN = 20;

/** Webhook deliveries: what was told to whom, what was not, and each of them with all its calls. */
export function deliveriesRoutes(app: FastifyInstance, deps: PagesDeps): void {
  const { respond } = deps;
  const { ledger } = deps.operator;
  listRoute(app, respond, {
    path: '/deliveries',
    fields: DELIVERY_FIELDS,
    list: (filter, page) => ledger.listDeliveries(filter, page),
    show: async (view) => deliveriesPage(view, await ledger.disabledEndpoints(ENDPOINTS_SHOWN)),
  });
  app.get('/deliveries/:id', VIEWED, async (request, reply) => {
    const delivery = await findDelivery(request, ledger);
    return respond(request, reply, delivery === undefined ? NOTHING_HERE : deliveryPage(delivery));
  });
  replayDeliveryAction(app, deps);
}

/** Sends a webhook again. */
function replayDeliveryAction(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  confirmAction<LoggedDelivery>(app, respond, {
    path: '/deliveries/:id/replay',
    find: (request) => findDelivery(request, operator.ledger),
    async run(delivery, order) {
      const page = `/deliveries/${delivery.id}`;
      await replayDelivery(delivery.id, order, operator);
      if (!order.dryRun) return { kind: 'done', to: page, notice: 'deliveryReplayed' };
      return {
        kind: 'question',
        heading: 'Resend this webhook?',
        preview: <Preview delivery={delivery} />,
        verb: 'Resend webhook',
        back: page,
      };
    },
  });
}

/** The webhook delivery that the address names. */
const findDelivery = (request: FastifyRequest, ledger: Ledger) =>
  findNamed(request, isDeliveryId, (id) => ledger.getDelivery(id));

function Preview({ delivery: { type, status, destination } }: { delivery: LoggedDelivery }) {
  return (
    <ul class="preview">
      <li>
        <b>{type}</b>: <StatusBadge status={status} /> becomes <StatusBadge status="waiting" />, with a full
        retry budget.
      </li>
      <li>
        It goes to the {destination === 'webhook' ? 'WEBHOOK_URL' : 'onboarding’s callbackUrl'} with the same
        webhook-id, so the receiver can detect a duplicate.
      </li>
      <li>If its endpoint is disabled, it is re-enabled.</li>
    </ul>
  );
}
