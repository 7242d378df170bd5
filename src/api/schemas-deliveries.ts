import { z } from 'zod';
import { DELIVERY_STATUSES, DESTINATIONS, EVENT_TYPES } from '../domain/delivery.ts';
import { SEND_FAULTS } from '../domain/delivery-policy.ts';
import { instant } from './schema-instants.ts';

const DeliveryAttemptSchema = z.object({
  number: z.int().describe('numbered on over replays, from 1'),
  replay: z.int(),
  at: instant,
  origin: z.string().nullable().describe('scheme, host and port of the address; its path may be a secret'),
  statusCode: z.int().nullable(),
  error: z
    .string()
    .nullable()
    .describe(`Http<status>, ${SEND_FAULTS.join(', ')}, NoEndpoint or EndpointDisabled`),
  durationMs: z.number(),
  bodyStart: z.string().nullable().describe('the answer’s first 1,024 bytes'),
});

export const DeliverySchema = z
  .object({
    id: z.string().describe('evt_…, the webhook-id; sortable by time'),
    type: z.enum(EVENT_TYPES),
    onboardingId: z.string().nullable(),
    number: z.int().nullable().describe('counts the ends of the onboarding, from 1'),
    late: z.boolean().describe('a success that AWS confirmed after the machine had given up'),
    destination: z
      .enum(DESTINATIONS)
      .describe('webhook: WEBHOOK_URL; callback: the onboarding’s callbackUrl'),
    status: z.enum(DELIVERY_STATUSES),
    error: z.string().nullable().describe('what the last attempt came to, when it was no success'),
    replays: z.int(),
    nextAttemptAt: instant.nullable(),
    createdAt: instant,
    updatedAt: instant,
    deliveredAt: instant.nullable(),
    attempts: z.array(DeliveryAttemptSchema),
  })
  .meta({ id: 'Delivery' });

export const DeliveriesQuerySchema = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional(),
  onboardingId: z.string().max(64).optional(),
  type: z.enum(EVENT_TYPES).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
