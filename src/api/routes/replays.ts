import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { adviceFor } from '../../domain/advice.ts';
import { isReplayId } from '../../domain/ids.ts';
import type { Replay, ReplayPreview, ReplayRequest } from '../../domain/replay.ts';
import { parseReplayRequest } from '../../domain/replay-request.ts';
import { cancelReplay, startReplay, startReplayKeyed, type ReplaysDeps } from '../../operations/replays.ts';
import { checkedElsewhere } from '../checked-elsewhere.ts';
import { bodyFingerprint, keyDigest, readIdempotencyKey, REPLAYED_HEADER } from '../idempotency-key.ts';
import { invalidRequest, problem, sendProblem } from '../problem.ts';
import { DryRunQuerySchema, IdParamsSchema, ProblemSchema, ReasonSchema } from '../schemas.ts';
import { adviceView } from '../schemas-advice.ts';
import { KeyHeadersSchema } from '../schemas-intake.ts';
import {
  ReplayPreviewSchema,
  ReplayRequestSchema,
  ReplaySchema,
  ReplaysQuerySchema,
} from '../schemas-replays.ts';
import { refuseKey, sendAnswer, type KeptAnswer } from '../take-in.ts';
import { withoutAbsent } from '../without-absent.ts';

type Route = FastifyPluginCallbackZod<{ deps: ReplaysDeps }>;

export const replayRoutes: Route = (app, options, done) => {
  app.register(startRoute, options);
  app.register(readRoutes, options);
  app.register(cancelRoute, options);
  done();
};

const startRoute: Route = (app, { deps }, done) => {
  app.post(
    '/v1/replays',
    {
      config: { access: 'operate', keyed: true, locates: true },
      schema: {
        summary: 'Replay every failed onboarding that a filter describes',
        headers: KeyHeadersSchema,
        querystring: DryRunQuerySchema,
        body: ReplayRequestSchema,
        response: {
          202: ReplaySchema.describe('the set is fixed; its members go into the queue from now on'),
          200: ReplayPreviewSchema.describe('dry run: this is what would be replayed'),
          400: ProblemSchema,
          409: ProblemSchema.describe('idempotency_key_in_use'),
          422: ProblemSchema.describe('nothing_matched or idempotency_key_reused'),
          503: ProblemSchema,
        },
      },
      validatorCompiler: checkedElsewhere('body', 'headers'),
    },
    async (request, reply) => {
      const checked = parseReplayRequest(request.body);
      if (!checked.ok) return sendProblem(reply, invalidRequest(checked.issues));
      const { dryRun: saidInBody, ...asked } = checked.value;
      const dryRun = saidInBody || request.query.dryRun;
      const key = readIdempotencyKey(request);
      if (!key.ok) return sendProblem(reply, invalidRequest(key.issues));
      if (key.value !== undefined && !dryRun)
        return startKeyed({ request, reply }, { asked, key: key.value }, deps);
      const started = await startReplay({ ...asked, dryRun }, request.actor, deps);
      switch (started.kind) {
        case 'started':
          return sendAnswer(reply, answerOf(started.replay));
        case 'wouldStart':
          return reply.code(200).send(previewView(started.preview));
        case 'nothingMatched':
          return sendAnswer(reply, answerOf(undefined));
      }
    },
  );
  done();
};

async function startKeyed(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { asked, key }: { asked: Omit<ReplayRequest, 'dryRun'>; key: string },
  deps: ReplaysDeps,
): Promise<FastifyReply> {
  const { actor, body, routeOptions } = request;
  const digests = {
    key: keyDigest({ ...request, route: routeOptions.url ?? '', key }),
    fingerprint: await bodyFingerprint(body),
  };
  const answer = (replay: Replay | undefined): string => JSON.stringify(answerOf(replay));
  const outcome = await startReplayKeyed({ request: asked, actor, key: { ...digests, answer } }, deps);
  switch (outcome.kind) {
    case 'first':
      return sendAnswer(reply, JSON.parse(outcome.answer) as KeptAnswer);
    case 'repeated':
      return sendAnswer(reply.header(REPLAYED_HEADER, 'true'), JSON.parse(outcome.answer) as KeptAnswer);
    case 'otherRequest':
    case 'atWork':
      return refuseKey(reply, outcome.kind);
  }
}

const answerOf = (replay: Replay | undefined): KeptAnswer =>
  replay === undefined
    ? { status: NOTHING_MATCHED.status, body: NOTHING_MATCHED }
    : { status: 202, location: `/v1/replays/${replay.id}`, body: replayView(replay) };

const readRoutes: Route = (app, { deps }, done) => {
  app.get(
    '/v1/replays',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Replays of many, newest first',
        querystring: ReplaysQuerySchema,
        response: {
          200: z.object({ items: z.array(ReplaySchema), nextCursor: z.string().nullable() }),
          400: ProblemSchema,
        },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      const page = await deps.ledger.listReplays(withoutAbsent(filter), {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: page.items.map(replayView), nextCursor: page.nextCursor };
    },
  );
  app.get(
    '/v1/replays/:id',
    {
      config: { access: 'view' },
      schema: {
        summary: 'How far a replay of many has come',
        params: IdParamsSchema,
        response: { 200: ReplaySchema, 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const replay = isReplayId(id) ? await deps.ledger.getReplay(id) : undefined;
      return replay === undefined ? sendProblem(reply, NO_SUCH_REPLAY) : reply.send(replayView(replay));
    },
  );
  done();
};

const cancelRoute: Route = (app, { deps }, done) => {
  app.post(
    '/v1/replays/:id/cancel',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Stop what a replay has not put into the queue yet',
        params: IdParamsSchema,
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: {
          200: ReplaySchema.describe('cancelled; what was queued goes on. A dry run shows it as it is'),
          404: ProblemSchema,
          409: ProblemSchema.describe('replay_ended'),
          503: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const asked = { actor: request.actor, reason: request.body.reason, dryRun: request.query.dryRun };
      const result = await cancelReplay(request.params.id, asked, deps);
      switch (result.kind) {
        case 'cancelled':
          return reply.send(replayView(result.replay));
        case 'notFound':
          return sendProblem(reply, NO_SUCH_REPLAY);
        case 'ended':
          return sendProblem(
            reply,
            problem('replay_ended', {
              detail: `It is ${result.replay.status} already: nothing of it waits to be put into the queue.`,
            }),
          );
      }
    },
  );
  done();
};

function replayView({ filter, ...replay }: Replay): z.infer<typeof ReplaySchema> {
  const { ids, ...rest } = filter;
  return { ...replay, filter: { ...rest, ...(ids === undefined ? {} : { ids: [...ids] }) } };
}

function previewView({
  matched,
  byErrorCode,
  byRegion,
  sample,
}: ReplayPreview): z.infer<typeof ReplayPreviewSchema> {
  return {
    matched,
    byErrorCode: byErrorCode.map(({ errorCode, kind, count }) => ({
      errorCode,
      count,
      advice: adviceView(adviceFor(errorCode, kind)),
    })),
    byRegion: [...byRegion],
    sample: [...sample],
  };
}

const NOTHING_MATCHED = problem('nothing_matched', {
  detail:
    'No failed onboarding is described by this filter: nothing was replayed. A dry run shows what a filter matches.',
  field: 'filter',
});

const NO_SUCH_REPLAY = problem('not_found', {
  detail: 'There is no replay with this id; GET /v1/replays lists them.',
  field: 'id',
});
