import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LoggedDelivery } from '../../../domain/delivery.ts';
import { isDeliveryId } from '../../../domain/ids.ts';
import { replayDelivery, type ReplayDeliveryDeps } from '../../../operations/replay-delivery.ts';
import type { WebhookLedger } from '../../../ports/webhooks.ts';
import { OPERATED } from '../../access.ts';
import { setNotice } from '../../cookies.ts';
import { readReason } from '../../reason.ts';
import type { Page, Respond } from '../../respond.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { NOTHING_HERE } from '../problem.tsx';

export interface ReplayDeliveryActionDeps {
  readonly replayDelivery: ReplayDeliveryDeps;
}

/** Sending a webhook again: what would happen, and the deed. */
export function replayDeliveryAction(
  app: FastifyInstance,
  { replayDelivery: deps, respond }: ReplayDeliveryActionDeps & { respond: Respond },
): void {
  app.get('/deliveries/:id/replay', OPERATED, async (request, reply) => {
    const delivery = await findDelivery(request, deps.ledger);
    return respond(request, reply, delivery === undefined ? NOTHING_HERE : replayPage({ delivery }));
  });
  app.post('/deliveries/:id/replay', OPERATED, async (request, reply) => {
    const delivery = await findDelivery(request, deps.ledger);
    if (delivery === undefined) return respond(request, reply, NOTHING_HERE);
    const read = readReason(request.body);
    if (!read.ok) {
      const page = replayPage({ delivery, reason: read.typed, problem: read.problem });
      return respond(request, reply, { ...page, status: 400 });
    }
    const asked = { actor: request.actor, reason: read.reason, dryRun: false };
    const sent = await replayDelivery(delivery.id, asked, deps);
    return sent === undefined ? respond(request, reply, NOTHING_HERE) : toDelivery(reply, sent);
  });
}

function toDelivery(reply: FastifyReply, { id }: LoggedDelivery): FastifyReply {
  setNotice(reply, 'deliveryReplayed');
  return reply.redirect(`/deliveries/${id}`, 303);
}

/** The webhook delivery that the address names; undefined: there is none. */
export async function findDelivery(
  request: FastifyRequest,
  ledger: Pick<WebhookLedger, 'getDelivery'>,
): Promise<LoggedDelivery | undefined> {
  const { id = '' } = request.params as { id?: string };
  return isDeliveryId(id) ? ledger.getDelivery(id) : undefined;
}

interface Form {
  readonly delivery: LoggedDelivery;
  readonly reason?: string;
  readonly problem?: string;
}

function replayPage({ delivery, reason = '', problem }: Form): Page {
  const here = `/deliveries/${delivery.id}`;
  return {
    title: 'Send again',
    body: ({ viewer }) => (
      <ReasonForm
        action={`${here}/replay`}
        viewer={viewer}
        verb="Send again"
        back={here}
        reason={reason}
        problem={problem}
      >
        <h1>Send this webhook again?</h1>
        <ul class="preview">
          <li>
            <b>{delivery.type}</b>: <StatusBadge status={delivery.status} /> becomes{' '}
            <StatusBadge status="waiting" />, with a full budget of attempts.
          </li>
          <li>
            It goes to the {delivery.destination === 'webhook' ? 'WEBHOOK_URL' : 'onboarding’s callbackUrl'}{' '}
            with the same webhook-id, so a receiver that has seen it can tell.
          </li>
          <li>If its endpoint is disabled, it is enabled again.</li>
        </ul>
      </ReasonForm>
    ),
  };
}
