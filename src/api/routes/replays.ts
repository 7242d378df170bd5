import type { z } from 'zod';
import { adviceFor } from '../../domain/advice.ts';
import { isReplayId } from '../../domain/ids.ts';
import type { Replay, ReplayPreview } from '../../domain/replay.ts';
import { parseReplayRequest } from '../../domain/replay-request.ts';
import { cancelReplay, startReplay, startReplayKeyed, type ReplaysDeps } from '../../operations/replays.ts';
import { checkedElsewhere } from '../http/body.ts';
import { readKeyed, sendAnswer, sendKeyed, type KeptAnswer } from '../http/idempotency.ts';
import { invalidRequest, noSuch, problem, sendProblem } from '../http/problem.ts';
import type { Immutable, TypedApp } from '../http/typed-app.ts';
import { KeyHeadersSchema } from '../schemas/onboardings.ts';
import {
  DryRunQuerySchema,
  IdParamsSchema,
  pageOf,
  ReasonSchema,
  splitQuery,
} from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';
import {
  ReplayPreviewSchema,
  ReplayRequestSchema,
  ReplaySchema,
  ReplaysQuerySchema,
} from '../schemas/replays.ts';

export function replaysRoutes(app: TypedApp, deps: ReplaysDeps): void {
  startRoute(app, deps);
  readRoutes(app, deps);
  cancelRoute(app, deps);
}

function startRoute(app: TypedApp, deps: ReplaysDeps): void {
  app.post(
    '/v1/replays',
    {
      config: { access: 'operate', keyed: true, locates: true },
      schema: {
        summary: 'Replay all failed onboardings that match a filter',
        headers: KeyHeadersSchema,
        querystring: DryRunQuerySchema,
        body: ReplayRequestSchema,
        response: {
          202: ReplaySchema.describe('the set is fixed; its members are queued from now on'),
          200: ReplayPreviewSchema.describe('dry run: what would be replayed'),
          409: ProblemSchema.describe('idempotency_key_in_use'),
          422: ProblemSchema.describe('nothing_matched or idempotency_key_reused'),
        },
      },
      validatorCompiler: checkedElsewhere('body', 'headers'),
    },
    async (request, reply) => {
      const checked = parseReplayRequest(request.body);
      if (!checked.ok) return sendProblem(reply, invalidRequest(checked.issues));
      const { dryRun: saidInBody, ...asked } = checked.value;
      const dryRun = saidInBody || request.query.dryRun;
      const keyed = await readKeyed(request);
      if (!keyed.ok) return sendProblem(reply, invalidRequest(keyed.issues));
      if (keyed.value !== undefined && !dryRun) {
        const answer = (replay: Replay | undefined): string => JSON.stringify(answerOf(replay));
        const call = { request: asked, actor: request.actor, key: { ...keyed.value, answer } };
        return sendKeyed(reply, await startReplayKeyed(call, deps));
      }
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
}

const answerOf = (replay: Replay | undefined): KeptAnswer =>
  replay === undefined
    ? { status: NOTHING_MATCHED.status, body: NOTHING_MATCHED }
    : { status: 202, location: `/v1/replays/${replay.id}`, body: replay };

function readRoutes(app: TypedApp, deps: ReplaysDeps): void {
  app.get(
    '/v1/replays',
    {
      config: { access: 'view' },
      schema: {
        summary: 'List bulk replays, newest first',
        querystring: ReplaysQuerySchema,
        response: { 200: pageOf(ReplaySchema) },
      },
    },
    async (request) => {
      const { filter, page } = splitQuery(request.query);
      return deps.ledger.listReplays(filter, page);
    },
  );
  app.get(
    '/v1/replays/:id',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Get the progress of a bulk replay',
        params: IdParamsSchema,
        response: { 200: ReplaySchema, 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const replay = isReplayId(id) ? await deps.ledger.getReplay(id) : undefined;
      return replay === undefined ? sendProblem(reply, noSuch('replay', id)) : reply.send(replay);
    },
  );
}

function cancelRoute(app: TypedApp, deps: ReplaysDeps): void {
  app.post(
    '/v1/replays/:id/cancel',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Cancel the members of a replay that are not queued yet',
        params: IdParamsSchema,
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: {
          200: ReplaySchema.describe(
            'cancelled; queued onboardings continue. A dry run returns it unchanged',
          ),
          404: ProblemSchema,
          409: ProblemSchema.describe('replay_ended'),
        },
      },
    },
    async (request, reply) => {
      const asked = { actor: request.actor, reason: request.body.reason, dryRun: request.query.dryRun };
      const result = await cancelReplay(request.params.id, asked, deps);
      switch (result.kind) {
        case 'cancelled':
          return reply.send(result.replay);
        case 'notFound':
          return sendProblem(reply, noSuch('replay', request.params.id));
        case 'ended':
          return sendProblem(
            reply,
            problem('replay_ended', {
              detail: `The replay is already ${result.replay.status}: no members are left to queue.`,
            }),
          );
      }
    },
  );
}

const previewView = (preview: ReplayPreview): Immutable<z.infer<typeof ReplayPreviewSchema>> => ({
  ...preview,
  byErrorCode: preview.byErrorCode.map(({ errorCode, kind, count }) => ({
    errorCode,
    count,
    advice: adviceFor(errorCode, kind),
  })),
});

const NOTHING_MATCHED = problem('nothing_matched', {
  detail:
    'No failed onboarding matches this filter. Nothing was replayed. Use a dry run to see what a filter matches.',
  field: 'filter',
});
