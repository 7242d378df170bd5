import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REPLAY_RATE_MAX, type ReplayFilter, type ReplayPreview } from '../../../domain/replay.ts';
import { startReplay, type ReplaysDeps } from '../../../operations/replays.ts';
import type { Ledger } from '../../../ports.ts';
import { OPERATED } from '../../access.ts';
import { field } from '../../form-body.ts';
import { readInstant, textIn } from '../../query.ts';
import { readReason } from '../../reason.ts';
import type { Respond } from '../../respond.tsx';
import { readFilters } from '../onboardings/filters.ts';
import { problemPage } from '../problem.tsx';
import type { Judged, Meant } from './meant.ts';
import { readSelection, SELECTION_MAX } from './read-selection.ts';
import { replaySelectedPage } from './replay-view.tsx';

export interface ReplaySelectedDeps {
  readonly replays: ReplaysDeps;
  readonly ledger: Pick<Ledger, 'getMany'>;
}

/** Replaying many from the list: what it would do, by error and Region, and the replay of them as one. */
export function replaySelected(
  app: FastifyInstance,
  { replays, ledger, respond }: ReplaySelectedDeps & { respond: Respond },
): void {
  const judge = async (meant: Meant, actor: string): Promise<Judged> => {
    const request = { filter: filterOf(meant), dryRun: true, ratePerSecond: null, reason: 'preview' };
    const [result, ticked] = await Promise.all([
      startReplay(request, actor, replays),
      meant.kind === 'ticked' ? ledger.getMany(meant.ids) : [],
    ]);
    const preview = result.kind === 'wouldStart' ? result.preview : NOTHING;
    return { preview, skipped: ticked.filter(({ status }) => status !== 'failed') };
  };
  const ask = async (
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
    meant: Meant,
    again: { readonly reason?: string; readonly rate?: string; readonly problem?: string } = {},
  ): Promise<FastifyReply> => {
    const judged = await judge(meant, request.actor);
    const status = again.problem === undefined ? 200 : 400;
    return respond(request, reply, { ...replaySelectedPage({ meant, judged, ...again }), status });
  };

  app.get('/onboardings/replay', OPERATED, async (request, reply) => {
    const meant = meantBy(request.query, replays);
    return meant === undefined
      ? respond(request, reply, tooMany(request.url))
      : ask({ request, reply }, meant);
  });
  app.post('/onboardings/replay', OPERATED, async (request, reply) => {
    const meant = meantBy(request.body, replays);
    if (meant === undefined) return respond(request, reply, tooMany(request.url));
    const read = readReason(request.body);
    const rate = field(request.body, 'ratePerSecond');
    const ratePerSecond = readRate(rate);
    const doubt = doubtAbout(meant);
    if (doubt !== undefined) return ask({ request, reply }, meant, { rate, problem: doubt });
    if (!read.ok) return ask({ request, reply }, meant, { reason: read.typed, rate, problem: read.problem });
    if (ratePerSecond === undefined)
      return ask({ request, reply }, meant, { reason: read.reason, rate, problem: RATE_PROBLEM });
    const asked = { filter: filterOf(meant), dryRun: false, ratePerSecond, reason: read.reason };
    const result = await startReplay(asked, request.actor, replays);
    if (result.kind === 'started') return reply.redirect(`/replays/${result.replay.id}`, 303);
    // They were replayed or cancelled meanwhile: the page says so.
    const judged = await judge(meant, request.actor);
    return respond(request, reply, { ...replaySelectedPage({ meant, judged }), status: 409 });
  });
}

const NOTHING: ReplayPreview = { matched: 0, byErrorCode: [], byRegion: [], sample: [] };
const RATE_PROBLEM = `The rate is a whole number of 1 to ${REPLAY_RATE_MAX}, or nothing.`;

function meantBy(fields: unknown, { clock }: Pick<ReplaysDeps, 'clock'>): Meant | undefined {
  const selection = readSelection(fields);
  switch (selection.kind) {
    case 'tooMany':
      return undefined;
    case 'ticked':
      return selection;
    case 'none': {
      const before = readInstant(textIn(fields, 'before')) ?? new Date(clock.now()).toISOString();
      return { kind: 'filter', filters: readFilters(fields), before };
    }
  }
}

/** A field that cannot be read must not widen what is replayed, and no field at all is no wish. */
function doubtAbout(meant: Meant): string | undefined {
  if (meant.kind === 'ticked') return undefined;
  const { given, problems } = meant.filters;
  const [problem] = Object.values(problems);
  if (problem !== undefined) return `This filter cannot be understood. ${problem}`;
  return Object.keys(given).length === 0
    ? 'Say which; status=failed is everything that has failed.'
    : undefined;
}

function filterOf(meant: Meant): ReplayFilter {
  if (meant.kind === 'ticked') return { status: 'failed', ids: meant.ids };
  return { ...meant.filters.filter, status: 'failed', endedTo: meant.before };
}

/** Null: as fast as the queue takes them. Undefined: no rate. */
function readRate(text: string): number | null | undefined {
  if (text === '') return null;
  const rate = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  return rate >= 1 && rate <= REPLAY_RATE_MAX ? rate : undefined;
}

export const tooMany = (url: string): ReturnType<typeof problemPage> =>
  problemPage(
    {
      status: 400,
      code: 'invalid_request',
      title: 'Too many at once',
      detail: `At most ${SELECTION_MAX} are ticked at once; a filter describes any number.`,
    },
    url,
  );
