import type { FastifyReply } from 'fastify';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { STATUSES, type Onboarding } from '../../domain/onboarding.ts';
import {
  createEventStreams,
  STREAMS_MAX,
  STREAMS_PER_TOKEN,
  type EventStreamsDeps,
} from '../http/event-streams.ts';
import { problem, sendProblem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { regionFilter } from '../schemas/parameters.ts';

const LAST_EVENT = 'Send the id of an earlier event, up to 15 digits';
/** Exact in every JavaScript. */
const position = z.string().regex(/^[0-9]{1,15}$/, LAST_EVENT);

const EventsQuerySchema = z.strictObject({
  lastEventId: position.optional().describe('same as the header Last-Event-ID, which takes precedence'),
  region: regionFilter.optional().describe('only events of this Region'),
  status: z.enum(STATUSES).optional().describe('only events that left the onboarding in this status'),
});

/** Browsers send it when they connect again; some libraries send it empty at first. */
const EventsHeadersSchema = z.looseObject({
  'last-event-id': z
    .union([position, z.literal('')], LAST_EVENT)
    .optional()
    .describe('continue after this event'),
});

export function eventsRoutes(app: TypedApp, deps: EventStreamsDeps): void {
  const streams = createEventStreams(deps);
  app.get(
    '/v1/events',
    {
      config: { access: 'view' },
      // A stream that is only asked whether it is there would never end.
      exposeHeadRoute: false,
      schema: {
        summary: 'Stream every change of an onboarding as server-sent events',
        querystring: EventsQuerySchema,
        headers: EventsHeadersSchema,
        produces: ['text/event-stream'],
        response: { 200: z.string().describe('events: onboarding, with an Onboarding as data; reset') },
      },
    },
    async (request, reply) => {
      const { lastEventId, region, status } = request.query;
      // A browser keeps the address when it connects again, and sends the newer id in the header.
      const header = request.headers['last-event-id'] ?? '';
      const last = header === '' ? lastEventId : header;
      const wanted = {
        after: last === undefined ? undefined : Number(last),
        wants: (onboarding: Onboarding) =>
          (region === undefined || onboarding.region === region) &&
          (status === undefined || onboarding.status === status),
      };
      const stream = streams.open(wanted, request.tokenSha256);
      if (typeof stream === 'object') return send(reply, stream.body);
      reply.header('retry-after', '10');
      return sendProblem(reply, problem('too_many_requests', { detail: TOO_MANY[stream] }));
    },
  );
}

const TOO_MANY = {
  allAreTaken: `This process serves at most ${STREAMS_MAX} streams. Try again later.`,
  holderHasEnough: `This token has ${STREAMS_PER_TOKEN} open streams on this process, the maximum. Close some; one stream can serve many readers.`,
};

/** The connection ends with the stream, so that a stop has nothing to wait for; and proxies pass on what they get. */
function send(reply: FastifyReply, body: Readable): FastifyReply {
  return reply
    .type('text/event-stream; charset=utf-8')
    .headers({ connection: 'close', 'x-accel-buffering': 'no' })
    .send(body);
}
