import type { FastifyInstance } from 'fastify';
import { InvalidCursorError } from '../../../domain/unavailable.ts';
import type { WebhookLedger } from '../../../ports/webhooks.ts';
import { VIEWED } from '../../access.ts';
import type { Respond } from '../../respond.tsx';
import { NOTHING_HERE } from '../problem.tsx';
import { deliveryPage } from './delivery-view.tsx';
import { deliveriesHref, readDeliveryFilters } from './filters.ts';
import { findDelivery, replayDeliveryAction, type ReplayDeliveryActionDeps } from './replay.tsx';
import { deliveriesPage } from './view.tsx';

export interface DeliveriesDeps extends ReplayDeliveryActionDeps {
  readonly ledger: Pick<WebhookLedger, 'listDeliveries' | 'getDelivery' | 'disabledEndpoints'>;
}

const PER_PAGE = 50;
const ENDPOINTS_SHOWN = 20;
/** Webhook deliveries: what was told to whom, what was not, and each of them with all its calls. */
export function deliveriesRoutes(app: FastifyInstance, deps: DeliveriesDeps & { respond: Respond }): void {
  const { ledger, respond } = deps;
  app.get('/deliveries', VIEWED, async (request, reply) => {
    const filters = readDeliveryFilters(request.query);
    const { filter, cursor, given } = filters;
    try {
      const [page, endpoints] = await Promise.all([
        ledger.listDeliveries(filter, { limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) }),
        ledger.disabledEndpoints(ENDPOINTS_SHOWN),
      ]);
      return await respond(request, reply, deliveriesPage({ ...filters, page, endpoints }));
    } catch (error) {
      if (error instanceof InvalidCursorError) return reply.redirect(deliveriesHref(given), 303);
      throw error;
    }
  });
  app.get('/deliveries/:id', VIEWED, async (request, reply) => {
    const delivery = await findDelivery(request, ledger);
    return respond(request, reply, delivery === undefined ? NOTHING_HERE : deliveryPage(delivery));
  });
  replayDeliveryAction(app, deps);
}
