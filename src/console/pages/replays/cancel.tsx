import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Replay } from '../../../domain/replay.ts';
import { cancelReplay, type ReplaysDeps } from '../../../operations/replays.ts';
import { OPERATED } from '../../access.ts';
import { setNotice } from '../../cookies.ts';
import { count } from '../../numbers.ts';
import { readReason } from '../../reason.ts';
import type { Page, Respond } from '../../respond.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { NOTHING_HERE } from '../problem.tsx';
import { findReplay } from './route.ts';

/** Stops what a replay has not put into the queue yet. */
export function cancelReplayAction(
  app: FastifyInstance,
  { replays, respond }: { replays: ReplaysDeps; respond: Respond },
): void {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    again?: { readonly typed: string; readonly problem: string },
  ): Promise<FastifyReply> => {
    const replay = await findReplay(request, replays.ledger);
    if (replay === undefined) return respond(request, reply, NOTHING_HERE);
    const page = replay.status === 'running' ? cancelPage(replay, again) : endedPage(replay);
    return respond(request, reply, { ...page, status: again === undefined ? 200 : 400 });
  };

  app.get('/replays/:id/cancel', OPERATED, async (request, reply) => show(request, reply));
  app.post('/replays/:id/cancel', OPERATED, async (request, reply) => {
    const read = readReason(request.body);
    if (!read.ok) return show(request, reply, read);
    const { id } = request.params as { id: string };
    const asked = { actor: request.actor, reason: read.reason, dryRun: false };
    const result = await cancelReplay(id, asked, replays);
    switch (result.kind) {
      case 'cancelled':
        setNotice(reply, 'replayCancelled');
        return reply.redirect(`/replays/${result.replay.id}`, 303);
      case 'ended':
        return respond(request, reply, { ...endedPage(result.replay), status: 409 });
      case 'notFound':
        return respond(request, reply, NOTHING_HERE);
    }
  });
}

function cancelPage(replay: Replay, again?: { readonly typed: string; readonly problem: string }): Page {
  const { id, waiting, queued } = replay;
  return {
    title: 'Cancel the replay',
    body: ({ viewer }) => (
      <ReasonForm
        action={`/replays/${id}/cancel`}
        viewer={viewer}
        verb={`Cancel ${count(waiting)}`}
        back={`/replays/${id}`}
        reason={again?.typed ?? ''}
        problem={again?.problem}
      >
        <h1>Cancel this replay?</h1>
        <p>{replay.reason}</p>
        <ul class="preview">
          <li>{count(waiting)} were not put into the queue yet. They stay failed, as they are.</li>
          <li>{count(queued)} were, and go on.</li>
        </ul>
      </ReasonForm>
    ),
  };
}

function endedPage({ id, status }: Replay): Page {
  return {
    title: 'Nothing to cancel',
    body: () => (
      <section id="page-action" class="page-action">
        <h1>There is nothing left to cancel</h1>
        <p>It is {status} already.</p>
        <p class="buttons">
          <a class="button" href={`/replays/${id}`} data-close>
            Back
          </a>
        </p>
      </section>
    ),
  };
}
