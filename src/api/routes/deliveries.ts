import { z } from 'zod';
import { SEND_FAULTS } from '../../domain/delivery-policy.ts';
import { DELIVERY_STATUSES, DESTINATIONS, EVENT_TYPES, type LoggedDelivery } from '../../domain/delivery.ts';
import { isDeliveryId, isOnboardingId } from '../../domain/ids.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import { replayDelivery, sendDeliveriesNow, sendTestDelivery } from '../../operations/replay-delivery.ts';
import { noSuch, problem, sendProblem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import {
  DryRunQuerySchema,
  IdParamsSchema,
  instant,
  PAGE,
  pageOf,
  ReasonSchema,
  splitQuery,
} from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';

const DeliveryAttemptSchema = z.object({
  number: z.int().describe('numbered from 1 across replays'),
  replay: z.int(),
  at: instant,
  origin: z.string().nullable().describe('scheme, host and port of the address; its path may be a secret'),
  statusCode: z.int().nullable(),
  error: z
    .string()
    .nullable()
    .describe(`Http<status>, ${SEND_FAULTS.join(', ')}, NoEndpoint or EndpointDisabled`),
  durationMs: z.number(),
  bodyStart: z.string().nullable().describe('the first 1,024 bytes of the response'),
});

const DeliverySchema = z
  .object({
    id: z.string().describe('evt_…, the webhook-id; sortable by time'),
    type: z.enum(EVENT_TYPES),
    onboardingId: z.string().nullable(),
    number: z.int().nullable().describe('number of this result of the onboarding, from 1'),
    late: z.boolean().describe('a success that AWS confirmed after the onboarding had failed'),
    destination: z
      .enum(DESTINATIONS)
      .describe('webhook: WEBHOOK_URL; callback: the onboarding’s callbackUrl; alert: ALERT_WEBHOOK_URL'),
    status: z.enum(DELIVERY_STATUSES),
    error: z.string().nullable().describe('error of the last attempt; null after a success'),
    replays: z.int(),
    nextAttemptAt: instant.nullable(),
    createdAt: instant,
    updatedAt: instant,
    deliveredAt: instant.nullable(),
    attempts: z.array(DeliveryAttemptSchema),
  })
  .meta({ id: 'Delivery' });

const BacklogSchema = z.object({
  waiting: z.int().describe('deliveries that waited; all of them are due now'),
  due: z.int().describe('those of them that were due already'),
});

const DeliveriesQuerySchema = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).exactOptional(),
  onboardingId: z
    .string()
    .refine(isOnboardingId, 'Send the id of an onboarding, onb_ and 26 characters')
    .exactOptional(),
  type: z.enum(EVENT_TYPES).exactOptional(),
  ...PAGE,
});

export function deliveriesRoutes(app: TypedApp, deps: OperatorDeps): void {
  app.get(
    '/v1/deliveries',
    {
      config: { access: 'view' },
      schema: {
        summary: 'List webhook deliveries with their attempts, newest first',
        querystring: DeliveriesQuerySchema,
        response: { 200: pageOf(DeliverySchema) },
      },
    },
    async (request) => {
      const { filter, page } = splitQuery(request.query);
      const { items, nextCursor } = await deps.ledger.listDeliveries(filter, page);
      return { items: items.map(deliveryView), nextCursor };
    },
  );
  app.post(
    '/v1/deliveries/:id/replay',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Resend a webhook and re-enable its endpoint',
        params: IdParamsSchema,
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: {
          202: DeliverySchema.describe('queued for sending, with the same id and a full retry budget'),
          200: DeliverySchema.describe('dry run: what would be resent'),
          404: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { dryRun } = request.query;
      const asked = { actor: request.actor, reason: request.body.reason, dryRun };
      const delivery = isDeliveryId(id) ? await replayDelivery(id, asked, deps) : undefined;
      if (delivery !== undefined) return reply.code(dryRun ? 200 : 202).send(deliveryView(delivery));
      return sendProblem(reply, noSuch('delivery', id));
    },
  );
  actionsOnAll(app, deps);
}

function actionsOnAll(app: TypedApp, deps: OperatorDeps): void {
  app.post(
    '/v1/deliveries/send-now',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Send all waiting webhooks now and re-enable their endpoints',
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: { 200: BacklogSchema },
      },
    },
    async ({ actor, body: { reason }, query: { dryRun } }) =>
      sendDeliveriesNow({ actor, reason, dryRun }, deps),
  );
  app.post(
    '/v1/deliveries/test',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Send a test event to WEBHOOK_URL',
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: {
          202: DeliverySchema.describe('the delivery of the event webhook.test'),
          200: z.object({ dryRun: z.literal(true), type: z.literal('webhook.test') }).describe('dry run'),
          409: ProblemSchema,
        },
      },
    },
    async ({ actor, body: { reason }, query: { dryRun } }, reply) => {
      const sent = await sendTestDelivery({ actor, reason, dryRun }, deps);
      switch (sent.kind) {
        case 'sent':
          return reply.code(202).send(deliveryView(sent.delivery));
        case 'wouldSend':
          return reply.code(200).send({ dryRun: true, type: 'webhook.test' });
        case 'noWebhookUrl': {
          const detail = 'Test events go to WEBHOOK_URL, which is not set. Set it and restart the service.';
          return sendProblem(reply, problem('no_webhook_url', { detail }));
        }
      }
    },
  );
}

/** A delivery as callers see it: its attempts one by one, instead of their count. */
function deliveryView({
  log,
  errorCode: error,
  ...delivery
}: LoggedDelivery): z.infer<typeof DeliverySchema> {
  return {
    ...delivery,
    error,
    attempts: log.map(({ errorCode, ...attempt }) => ({ ...attempt, error: errorCode })),
  };
}
