import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isReplayId } from '../../../domain/ids.ts';
import type { Page } from '../../../domain/listing.ts';
import { REPLAY_STATUSES, type Replay, type ReplayStatus } from '../../../domain/replay.ts';
import { InvalidCursorError } from '../../../domain/unavailable.ts';
import type { ReplayLedger } from '../../../ports/replay-ledger.ts';
import type { ReplaysDeps } from '../../../operations/replays.ts';
import { VIEWED } from '../../access.ts';
import { textIn } from '../../query.ts';
import type { Respond } from '../../respond.tsx';
import { NOTHING_HERE } from '../problem.tsx';
import { replayPage } from './replay-view.tsx';
import { replaysHref, replaysPage } from './view.tsx';

interface ReplaysPagesDeps {
  readonly replays: ReplaysDeps;
  readonly respond: Respond;
}

const PER_PAGE = 50;

/** All replays of many, newest first, and one of them as it goes. */
export function replaysRoutes(
  app: FastifyInstance,
  { replays: { ledger }, respond }: ReplaysPagesDeps,
): void {
  app.get('/replays', VIEWED, async (request, reply) => {
    const status = REPLAY_STATUSES.find((one) => one === textIn(request.query, 'status'));
    const cursor = textIn(request.query, 'cursor');
    const page = await readPage(ledger, status, cursor);
    return page === undefined
      ? reply.redirect(replaysHref({ status }), 303)
      : respond(request, reply, replaysPage({ page, status, isFirst: cursor === '' }));
  });
  app.get('/replays/:id', VIEWED, async (request, reply) => {
    const replay = await findReplay(request, ledger);
    return respond(request, reply, replay === undefined ? NOTHING_HERE : replayPage(replay));
  });
}

/** Undefined: the cursor is none of ours. */
async function readPage(
  ledger: Pick<ReplayLedger, 'listReplays'>,
  status: ReplayStatus | undefined,
  cursor: string,
): Promise<Page<Replay> | undefined> {
  try {
    return await ledger.listReplays(status === undefined ? {} : { status }, {
      limit: PER_PAGE,
      ...(cursor === '' ? {} : { cursor }),
    });
  } catch (error) {
    if (error instanceof InvalidCursorError) return undefined;
    throw error;
  }
}

/** The replay that the address names; undefined: there is none. */
export async function findReplay(
  request: FastifyRequest,
  ledger: Pick<ReplayLedger, 'getReplay'>,
): Promise<Replay | undefined> {
  const { id = '' } = request.params as { id?: string };
  return isReplayId(id) ? ledger.getReplay(id) : undefined;
}
