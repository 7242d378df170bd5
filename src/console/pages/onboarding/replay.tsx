import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { adviceFor } from '../../../domain/advice.ts';
import { replayOnboarding, type ReplayDeps, type ReplayResult } from '../../../operations/replay.ts';
import { OPERATED } from '../../access.ts';
import { setNotice } from '../../cookies.ts';
import { readReason } from '../../reason.ts';
import type { Page, Respond } from '../../respond.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { NOTHING_HERE } from '../problem.tsx';
import { findOnboarding } from './route.ts';

export interface ReplayActionDeps {
  readonly replay: ReplayDeps;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

interface Form {
  readonly onboarding: Onboarding;
  /** Why not, when it cannot be. */
  readonly refusal: string | undefined;
  readonly reason?: string;
  readonly problem?: string;
}

/** The page that shows what a replay would do, and the replay itself. */
export function replayAction(
  app: FastifyInstance,
  { replay: deps, stopping, respond }: ReplayActionDeps & { respond: Respond },
): void {
  const run = (
    request: FastifyRequest,
    onboarding: Onboarding,
    how: { reason: string; dryRun: boolean },
  ): Promise<ReplayResult> =>
    replayOnboarding(onboarding.id, { actor: request.actor, ...how }, { deps, signal: stopping });
  const preview = async (
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
    onboarding: Onboarding,
    typed?: { readonly typed: string; readonly problem: string },
  ): Promise<FastifyReply> => {
    const refusal = refusalOf(await run(request, onboarding, { reason: 'preview', dryRun: true }));
    const again = typed === undefined ? {} : { reason: typed.typed, problem: typed.problem };
    const status = typed === undefined ? 200 : 400;
    return respond(request, reply, { ...replayPage({ onboarding, refusal, ...again }), status });
  };

  app.get('/onboardings/:id/replay', OPERATED, async (request, reply) => {
    const onboarding = await findOnboarding(request, deps.ledger);
    return onboarding === undefined
      ? respond(request, reply, NOTHING_HERE)
      : preview({ request, reply }, onboarding);
  });
  app.post('/onboardings/:id/replay', OPERATED, async (request, reply) => {
    const onboarding = await findOnboarding(request, deps.ledger);
    if (onboarding === undefined) return respond(request, reply, NOTHING_HERE);
    const read = readReason(request.body);
    if (!read.ok) return preview({ request, reply }, onboarding, read);
    const refusal = refusalOf(await run(request, onboarding, { reason: read.reason, dryRun: false }));
    if (refusal !== undefined) {
      return respond(request, reply, { ...replayPage({ onboarding, refusal }), status: 409 });
    }
    setNotice(reply, 'replayed');
    return reply.redirect(`/onboardings/${onboarding.id}`, 303);
  });
}

/** Undefined: nothing is in the way. */
function refusalOf(result: ReplayResult): string | undefined {
  switch (result.kind) {
    case 'queued':
    case 'wouldQueue':
      return undefined;
    case 'notFound':
      return 'It is not there any more.';
    case 'notReplayable':
      return result.status === 'cancelled'
        ? 'It is cancelled: onboard the customer again, which makes a new onboarding.'
        : `It is ${result.status}: the machine is still at work on it. Only failed ones are replayed.`;
    case 'draining':
      return 'Its Region is being drained: nothing new goes into its queue until it is resumed.';
    case 'alreadyProvisioned':
      return 'AWS holds the source for this account: there is nothing to replay.';
    case 'unverified':
      return `Before a provisioned one is replayed, AWS is asked whether the source is still there. It answered ${result.code}: ${result.message}`;
  }
}

function replayPage({ onboarding, refusal, reason = '', problem }: Form): Page {
  const here = `/onboardings/${onboarding.id}`;
  return {
    title: 'Replay',
    body: ({ viewer }) =>
      refusal === undefined ? (
        <ReasonForm
          action={`${here}/replay`}
          viewer={viewer}
          verb="Replay"
          back={here}
          reason={reason}
          problem={problem}
        >
          <h1>Replay this onboarding?</h1>
          <Preview onboarding={onboarding} />
        </ReasonForm>
      ) : (
        <section id="page-action" class="page-action">
          <h1>It cannot be replayed now</h1>
          <p>{refusal}</p>
          <p class="buttons">
            <a class="button" href={here} data-close>
              Back
            </a>
          </p>
        </section>
      ),
  };
}

function Preview({ onboarding }: { onboarding: Onboarding }) {
  const { error, lane, sourceName, status, attempts, region, account } = onboarding;
  return (
    <>
      <p class="breaks">
        <code>{sourceName}</code>
      </p>
      <ul class="preview">
        <li>
          <StatusBadge status={status} /> becomes <StatusBadge status="queued" />, in the {lane} lane of{' '}
          {region}.
        </li>
        <li>
          It gets a full budget of rounds and a new deadline. What it tried so far ({attempts}) is kept.
        </li>
        <li>AWS is asked for the source for account {account}. If it is there already, it is adopted.</li>
      </ul>
      {error === null ? null : (
        <p class={`note ${adviceFor(error.code, error.kind).replay}`}>
          <b>{error.code}.</b> {adviceFor(error.code, error.kind).replayNote}
        </p>
      )}
    </>
  );
}
