import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { cancelOnboarding, type CancelDeps, type CancelResult } from '../../../operations/cancel.ts';
import { OPERATED } from '../../access.ts';
import { setNotice } from '../../cookies.ts';
import { readReason } from '../../reason.ts';
import type { Page, Respond } from '../../respond.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { NOTHING_HERE } from '../problem.tsx';
import { findOnboarding } from './route.ts';

export interface CancelActionDeps {
  readonly cancel: CancelDeps;
}

/** The page that says what a cancel would end, and the cancel itself. */
export function cancelAction(
  app: FastifyInstance,
  { cancel: deps, respond }: CancelActionDeps & { respond: Respond },
): void {
  const preview = async (
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
    onboarding: Onboarding,
    typed?: { readonly typed: string; readonly problem: string },
  ): Promise<FastifyReply> => {
    const asked = { actor: request.actor, reason: 'preview', dryRun: true };
    const refusal = whyNotCancelled(await cancelOnboarding(onboarding.id, asked, deps));
    const again = typed === undefined ? {} : { reason: typed.typed, problem: typed.problem };
    const status = typed === undefined ? 200 : 400;
    return respond(request, reply, { ...cancelPage({ onboarding, refusal, ...again }), status });
  };

  app.get('/onboardings/:id/cancel', OPERATED, async (request, reply) => {
    const onboarding = await findOnboarding(request, deps.ledger);
    return onboarding === undefined
      ? respond(request, reply, NOTHING_HERE)
      : preview({ request, reply }, onboarding);
  });
  app.post('/onboardings/:id/cancel', OPERATED, async (request, reply) => {
    const onboarding = await findOnboarding(request, deps.ledger);
    if (onboarding === undefined) return respond(request, reply, NOTHING_HERE);
    const read = readReason(request.body);
    if (!read.ok) return preview({ request, reply }, onboarding, read);
    const asked = { actor: request.actor, reason: read.reason, dryRun: false };
    const refusal = whyNotCancelled(await cancelOnboarding(onboarding.id, asked, deps));
    if (refusal !== undefined)
      return respond(request, reply, { ...cancelPage({ onboarding, refusal }), status: 409 });
    setNotice(reply, 'cancelled');
    return reply.redirect(`/onboardings/${onboarding.id}`, 303);
  });
}

/** What stands in the way, and what to do about it; undefined: nothing. */
export function whyNotCancelled(result: CancelResult): string | undefined {
  switch (result.kind) {
    case 'cancelled':
    case 'wouldCancel':
      return undefined;
    case 'notFound':
      return 'It is not there any more.';
    case 'attemptRunning':
      return 'An attempt is running: there may be a call at AWS right now. It ends within seconds; try again then.';
    case 'notCancellable':
      return result.status === 'provisioned'
        ? 'It is provisioned: AWS has the source. Delete it at AWS if it must go.'
        : 'It is cancelled already.';
  }
}

interface Form {
  readonly onboarding: Onboarding;
  readonly refusal: string | undefined;
  readonly reason?: string;
  readonly problem?: string;
}

function cancelPage({ onboarding, refusal, reason = '', problem }: Form): Page {
  const here = `/onboardings/${onboarding.id}`;
  return {
    title: 'Cancel',
    body: ({ viewer }) =>
      refusal === undefined ? (
        <ReasonForm
          action={`${here}/cancel`}
          viewer={viewer}
          verb="Cancel this onboarding"
          isGrave
          back={here}
          reason={reason}
          problem={problem}
        >
          <h1>Cancel this onboarding?</h1>
          <Preview onboarding={onboarding} />
        </ReasonForm>
      ) : (
        <section id="page-action" class="page-action">
          <h1>It cannot be cancelled now</h1>
          <p>{refusal}</p>
          <p class="buttons">
            <a class="button" href={`${here}/cancel`} data-dialog>
              Try again
            </a>
            <a class="button quiet" href={here} data-close>
              Back
            </a>
          </p>
        </section>
      ),
  };
}

function Preview({ onboarding: { sourceName, status, account, region } }: { onboarding: Onboarding }) {
  return (
    <>
      <p class="breaks">
        <code>{sourceName}</code>
      </p>
      <ul class="preview">
        <li>
          <StatusBadge status={status} /> becomes <StatusBadge status="cancelled" />, for good: it cannot be
          replayed.
        </li>
        <li>
          Account {account} gets no source in {region} from it. Its job leaves the queue, and AWS is not
          called.
        </li>
        <li>The name is free again, and the signup system is told onboarding.cancelled.</li>
      </ul>
    </>
  );
}
