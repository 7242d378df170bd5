import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isReplayId } from '../../../domain/ids.ts';
import type { Replay } from '../../../domain/replay.ts';
import { cancelReplay } from '../../../operations/replays.ts';
import type { Ledger } from '../../../ports.ts';
import { findNamed } from '../../query.ts';
import { VIEWED } from '../../security.ts';
import { listRoute } from '../../list-route.ts';
import type { PagesDeps } from '../../deps.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { replayPage } from './replay-view.tsx';
import { REPLAY_FIELDS, replaysPage } from './view.tsx';
import { confirmAction } from '../../confirm.tsx';
import { count } from '../../format.ts';

/** All replays of many, newest first, and one of them as it goes. */
export function replaysRoutes(app: FastifyInstance, deps: PagesDeps): void {
  const { respond } = deps;
  const { ledger } = deps.operator;
  listRoute(app, respond, {
    path: '/replays',
    fields: REPLAY_FIELDS,
    list: (filter, page) => ledger.listReplays(filter, page),
    show: replaysPage,
  });
  app.get('/replays/:id', VIEWED, async (request, reply) => {
    const replay = await findReplay(request, ledger);
    return respond(request, reply, replay === undefined ? NOTHING_HERE : replayPage(replay));
  });
  cancelReplayAction(app, deps);
}

/** The replay that the address names. */
const findReplay = (request: FastifyRequest, ledger: Ledger) =>
  findNamed(request, isReplayId, (id) => ledger.getReplay(id));

/** Stops what a replay has not put into the queue yet. */
function cancelReplayAction(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  confirmAction<Replay>(app, respond, {
    path: '/replays/:id/cancel',
    find: (request) => findReplay(request, operator.ledger),
    async run(replay, order) {
      const page = `/replays/${replay.id}`;
      const result = await cancelReplay(replay.id, order, operator);
      if (result.kind !== 'cancelled') {
        return {
          kind: 'refused',
          heading: 'Nothing to cancel',
          explanation: (
            <p>The replay is already {result.kind === 'ended' ? result.replay.status : 'deleted'}.</p>
          ),
          back: page,
        };
      }
      if (!order.dryRun) return { kind: 'done', to: page, notice: 'replayCancelled' };
      return {
        kind: 'question',
        heading: 'Cancel this replay?',
        preview: <Preview replay={replay} />,
        verb: 'Cancel replay',
        back: page,
      };
    },
  });
}

function Preview({ replay: { reason, waiting, queued } }: { replay: Replay }) {
  return (
    <>
      <p>{reason}</p>
      <ul class="preview">
        <li>{count(waiting)} not queued yet: they stay failed.</li>
        <li>{count(queued)} already queued: they continue.</li>
      </ul>
    </>
  );
}
