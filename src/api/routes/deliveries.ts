import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isDeliveryId } from '../../domain/ids.ts';
import { replayDelivery, type ReplayDeliveryDeps } from '../../operations/replay-delivery.ts';
import type { WebhookLedger } from '../../ports/webhooks.ts';
import { deliveryView } from '../delivery-view.ts';
import { problem, sendProblem } from '../problem.ts';
import { DeliveriesQuerySchema, DeliverySchema } from '../schemas-deliveries.ts';
import { DryRunQuerySchema, IdParamsSchema, ProblemSchema, ReasonSchema } from '../schemas.ts';
import { withoutAbsent } from '../without-absent.ts';

export const deliveryRoutes: FastifyPluginCallbackZod<{
  ledger: Pick<WebhookLedger, 'listDeliveries'>;
  replay: ReplayDeliveryDeps;
}> = (app, { ledger, replay }, done) => {
  app.get(
    '/v1/deliveries',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Webhook deliveries with their attempts, newest first',
        querystring: DeliveriesQuerySchema,
        response: {
          200: z.object({ items: z.array(DeliverySchema), nextCursor: z.string().nullable() }),
          400: ProblemSchema,
        },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      const page = await ledger.listDeliveries(withoutAbsent(filter), {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: page.items.map(deliveryView), nextCursor: page.nextCursor };
    },
  );
  app.post(
    '/v1/deliveries/:id/replay',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Send a webhook again, and enable its endpoint',
        params: IdParamsSchema,
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: {
          202: DeliverySchema.describe('waits to be sent, with the same id and a full budget'),
          200: DeliverySchema.describe('dry run: this is what would be sent again'),
          404: ProblemSchema,
          503: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { dryRun } = request.query;
      const asked = { actor: request.actor, reason: request.body.reason, dryRun };
      const delivery = isDeliveryId(id) ? await replayDelivery(id, asked, replay) : undefined;
      if (delivery !== undefined) return reply.code(dryRun ? 200 : 202).send(deliveryView(delivery));
      const detail = 'There is no delivery with this id; GET /v1/deliveries lists them.';
      return sendProblem(reply, problem('not_found', { detail, field: 'id' }));
    },
  );
  done();
};
