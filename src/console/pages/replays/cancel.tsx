import type { FastifyInstance } from 'fastify';
import type { Replay } from '../../../domain/replay.ts';
import { cancelReplay, type ReplaysDeps } from '../../../operations/replays.ts';
import { confirmAction, type Order, type Refusal } from '../../confirm.tsx';
import { count } from '../../format.ts';
import type { Respond } from '../../page.ts';
import { findReplay } from './route.ts';

/** Stops what a replay has not put into the queue yet. */
export function cancelReplayAction(
  app: FastifyInstance,
  { replays, respond }: { replays: ReplaysDeps; respond: Respond },
): void {
  const run = async ({ id }: Replay, order: Order): Promise<Refusal | undefined> => {
    const result = await cancelReplay(id, order, replays);
    if (result.kind === 'cancelled') return undefined;
    return {
      kind: 'refused',
      heading: 'There is nothing left to cancel',
      explanation: <p>It is {result.kind === 'ended' ? result.replay.status : 'gone'} already.</p>,
      back: `/replays/${id}`,
    };
  };
  confirmAction<Replay>(app, respond, {
    path: '/replays/:id/cancel',
    find: (request) => findReplay(request, replays.ledger),
    ask: async (replay, order) =>
      (await run(replay, order)) ?? {
        kind: 'question',
        heading: 'Cancel this replay?',
        preview: <Preview replay={replay} />,
        verb: `Cancel ${count(replay.waiting)}`,
        back: `/replays/${replay.id}`,
      },
    act: async (replay, order) =>
      (await run(replay, order)) ?? {
        kind: 'done',
        to: `/replays/${replay.id}`,
        notice: 'replayCancelled',
      },
  });
}

function Preview({ replay: { reason, waiting, queued } }: { replay: Replay }) {
  return (
    <>
      <p>{reason}</p>
      <ul class="preview">
        <li>{count(waiting)} were not put into the queue yet. They stay failed, as they are.</li>
        <li>{count(queued)} were, and go on.</li>
      </ul>
    </>
  );
}
