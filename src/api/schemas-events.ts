import { z } from 'zod';
import { STATUSES } from '../domain/onboarding.ts';

/** Up to 15 digits: exact in every JavaScript. */
const position = z.string().regex(/^[0-9]{1,15}$/, 'must be an id that an earlier event had');

export const EventsQuerySchema = z.strictObject({
  lastEventId: position
    .optional()
    .describe('as the header Last-Event-ID, for programs that cannot set one; the header wins'),
  region: z.string().max(64).optional().describe('only events of this Region'),
  status: z.enum(STATUSES).optional().describe('only events that left the onboarding in this status'),
});

/** Browsers send it when they connect again; some libraries send it empty at first. */
export const EventsHeadersSchema = z.looseObject({
  'last-event-id': z
    .union([position, z.literal('')])
    .optional()
    .describe('go on after this event'),
});
