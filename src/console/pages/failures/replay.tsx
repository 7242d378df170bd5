import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Replay, ReplayPreview } from '../../../domain/replay.ts';
import { parseReplayRequest } from '../../../domain/replay-request.ts';
import { startReplay, type ReplaysDeps } from '../../../operations/replays.ts';
import { OPERATED } from '../../access.ts';
import { setNotice } from '../../cookies.ts';
import { field } from '../../form-body.ts';
import { allIn, textIn } from '../../query.ts';
import { readReason } from '../../reason.ts';
import type { Respond } from '../../respond.tsx';
import { replayHref, type ReplayAddress } from './replay-address.ts';
import { nothingToReplay, replayFailuresPage, type CodePreview, type Typed } from './replay-view.tsx';

export interface ReplayFailuresDeps {
  readonly replays: ReplaysDeps;
}

/** As many causes are replayed with one confirmation. */
const CODES_MAX = 20;

type Asked = Required<ReplayAddress>;

/**
 * Replays the failures of one or more causes: one replay for each, since that is what a filter can say. What fails
 * after the preview was made is not in them, so that no more are replayed than it counted.
 */
export function replayFailuresAction(
  app: FastifyInstance,
  { replays, respond }: ReplayFailuresDeps & { respond: Respond },
): void {
  const preview = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed?: Typed,
  ): Promise<FastifyReply> => {
    const asked = readAsked(request, replays);
    const previews = await Promise.all(
      asked.codes.map((code) => previewOf({ code, asked, actor: request.actor }, replays)),
    );
    const matching = previews.filter(({ preview: { matched } }) => matched > 0);
    if (matching.length === 0) return respond(request, reply, nothingToReplay());
    const action = replayHref({ ...asked, codes: matching.map(({ code }) => code) });
    return respond(request, reply, {
      ...replayFailuresPage({ previews: matching, action, region: asked.region, typed }),
      status: typed === undefined ? 200 : 400,
    });
  };

  app.get('/failures/replay', OPERATED, async (request, reply) => preview(request, reply));
  app.post('/failures/replay', OPERATED, async (request, reply) => {
    const asked = readAsked(request, replays);
    const reason = readReason(request.body);
    const rate = field(request.body, 'rate');
    const ratePerSecond = rate === '' ? null : Number(rate);
    if (!reason.ok) return preview(request, reply, { reason: reason.typed, rate, problem: reason.problem });
    const started: Replay[] = [];
    for (const code of asked.codes) {
      const checked = parseReplayRequest({
        filter: filterOf(code, asked),
        ratePerSecond,
        reason: reason.reason,
      });
      if (!checked.ok) {
        const problem = checked.issues[0]?.message ?? 'That cannot be replayed.';
        return preview(request, reply, { reason: reason.reason, rate, problem });
      }
      const result = await startReplay(checked.value, request.actor, replays);
      if (result.kind === 'started') started.push(result.replay);
    }
    const [first, ...others] = started;
    if (first === undefined) return respond(request, reply, { ...nothingToReplay(), status: 409 });
    setNotice(reply, 'replaysStarted');
    return reply.redirect(others.length === 0 ? `/replays/${first.id}` : '/replays', 303);
  });
}

/** What cannot be read as an instant counts as now. */
function readAsked({ query }: FastifyRequest, { clock }: ReplaysDeps): Asked {
  const before = new Date(textIn(query, 'before'));
  return {
    codes: allIn(query, 'errorCode').slice(0, CODES_MAX),
    region: textIn(query, 'region'),
    before: (Number.isNaN(before.getTime()) ? new Date(clock.now()) : before).toISOString(),
  };
}

const filterOf = (errorCode: string, { region, before }: Asked) => ({
  errorCode,
  endedTo: before,
  ...(region === '' ? {} : { region }),
});

async function previewOf(
  { code, asked, actor }: { code: string; asked: Asked; actor: string },
  replays: ReplaysDeps,
): Promise<CodePreview> {
  const checked = parseReplayRequest({ filter: filterOf(code, asked), dryRun: true, reason: 'preview' });
  if (!checked.ok) return { code, preview: NOTHING };
  const result = await startReplay(checked.value, actor, replays);
  return { code, preview: result.kind === 'wouldStart' ? result.preview : NOTHING };
}

const NOTHING: ReplayPreview = { matched: 0, byErrorCode: [], byRegion: [], sample: [] };
