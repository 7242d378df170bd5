import type { FastifyInstance } from 'fastify';
import type { DeliveryLedger } from '../../../ports/delivery-ledger.ts';
import { VIEWED } from '../../security.ts';
import { hrefOf, readFields, readPage } from '../../query.ts';
import type { Respond } from '../../page.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { deliveryPage } from './delivery-view.tsx';
import { findDelivery, replayDeliveryAction, type ReplayDeliveryActionDeps } from './replay.tsx';
import { deliveriesPage, DELIVERY_FIELDS } from './view.tsx';

export interface DeliveriesDeps extends ReplayDeliveryActionDeps {
  readonly ledger: Pick<WebhookLedger, 'listDeliveries' | 'getDelivery' | 'disabledEndpoints'>;
}

const ENDPOINTS_SHOWN = 20;

/** Notifications: what was told to whom, what was not, and each of them with all its calls. */
export function deliveriesRoutes(app: FastifyInstance, deps: DeliveriesDeps & { respond: Respond }): void {
  const { ledger, respond } = deps;
  app.get('/deliveries', VIEWED, async (request, reply) => {
    const filters = readFields(request.query, DELIVERY_FIELDS);
    const [page, endpoints] = await Promise.all([
      readPage((from) => ledger.listDeliveries(filters.filter, from), filters.cursor),
      ledger.disabledEndpoints(ENDPOINTS_SHOWN),
    ]);
    if (page === undefined) return reply.redirect(hrefOf('/deliveries', filters.given), 303);
    return respond(request, reply, deliveriesPage({ ...filters, page, endpoints }));
  });
  app.get('/deliveries/:id', VIEWED, async (request, reply) => {
    const delivery = await findDelivery(request, ledger);
    return respond(request, reply, delivery === undefined ? NOTHING_HERE : deliveryPage(delivery));
  });
  replayDeliveryAction(app, deps);
}
