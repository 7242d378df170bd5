import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isReplayId } from '../../../domain/ids.ts';
import type { Replay } from '../../../domain/replay.ts';
import type { ReplayLedger } from '../../../ports/replay-ledger.ts';
import type { ReplaysDeps } from '../../../operations/replays.ts';
import { VIEWED } from '../../security.ts';
import { hrefOf, readFields, readPage } from '../../query.ts';
import type { Respond } from '../../page.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { replayPage } from './replay-view.tsx';
import { REPLAY_FIELDS, replaysPage } from './view.tsx';

interface ReplaysPagesDeps {
  readonly replays: ReplaysDeps;
  readonly respond: Respond;
}

/** All replays of many, newest first, and one of them as it goes. */
export function replaysRoutes(
  app: FastifyInstance,
  { replays: { ledger }, respond }: ReplaysPagesDeps,
): void {
  app.get('/replays', VIEWED, async (request, reply) => {
    const filters = readFields(request.query, REPLAY_FIELDS);
    const page = await readPage((from) => ledger.listReplays(filters.filter, from), filters.cursor);
    if (page === undefined) return reply.redirect(hrefOf('/replays', filters.given), 303);
    return respond(request, reply, replaysPage({ ...filters, page }));
  });
  app.get('/replays/:id', VIEWED, async (request, reply) => {
    const replay = await findReplay(request, ledger);
    return respond(request, reply, replay === undefined ? NOTHING_HERE : replayPage(replay));
  });
}

/** The replay that the address names; undefined: there is none. */
export async function findReplay(
  request: FastifyRequest,
  ledger: Pick<ReplayLedger, 'getReplay'>,
): Promise<Replay | undefined> {
  const { id = '' } = request.params as { id?: string };
  return isReplayId(id) ? ledger.getReplay(id) : undefined;
}
