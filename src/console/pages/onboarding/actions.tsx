import type { FastifyInstance } from 'fastify';
import { adviceFor } from '../../../domain/advice.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { cancelOnboarding, type CancelResult } from '../../../operations/cancel.ts';
import { replayOnboarding, type ReplayResult } from '../../../operations/replay.ts';
import { confirmAction, type Action, type Order, type Refusal } from '../../confirm.tsx';
import type { PagesDeps } from '../../deps.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { findOnboarding } from './route.ts';

/** What an operator can do with one onboarding. */
export function onboardingActions(app: FastifyInstance, deps: PagesDeps): void {
  confirmAction(app, deps.respond, cancelAction(deps));
  confirmAction(app, deps.respond, replayAction(deps));
}

const pageOf = ({ id }: Onboarding): string => `/onboardings/${id}`;

function cancelAction({ operator }: PagesDeps): Action<Onboarding> {
  const run = async (onboarding: Onboarding, order: Order): Promise<Refusal | undefined> => {
    const obstacle = whyNotCancelled(await cancelOnboarding(onboarding.id, order, operator));
    if (obstacle === undefined) return undefined;
    return {
      kind: 'refused',
      heading: 'It cannot be cancelled now',
      explanation: <p>{obstacle}</p>,
      next: { href: `${pageOf(onboarding)}/cancel`, text: 'Try again' },
      back: pageOf(onboarding),
    };
  };
  return {
    path: '/onboardings/:id/cancel',
    find: (request) => findOnboarding(request, operator.ledger),
    ask: async (onboarding, order) =>
      (await run(onboarding, order)) ?? {
        kind: 'question',
        heading: 'Cancel this onboarding?',
        preview: <CancelPreview onboarding={onboarding} />,
        verb: 'Cancel this onboarding',
        isGrave: true,
        back: pageOf(onboarding),
      },
    act: async (onboarding, order) =>
      (await run(onboarding, order)) ?? { kind: 'done', to: pageOf(onboarding), notice: 'cancelled' },
  };
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

function CancelPreview({ onboarding }: { onboarding: Onboarding }) {
  const { sourceName, status, account, region } = onboarding;
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

function replayAction({ operator }: PagesDeps): Action<Onboarding> {
  const run = async (onboarding: Onboarding, order: Order): Promise<Refusal | undefined> => {
    const obstacle = whyNotReplayed(await replayOnboarding(onboarding.id, order, operator));
    if (obstacle === undefined) return undefined;
    return {
      kind: 'refused',
      heading: 'It cannot be replayed now',
      explanation: <p>{obstacle}</p>,
      back: pageOf(onboarding),
    };
  };
  return {
    path: '/onboardings/:id/replay',
    find: (request) => findOnboarding(request, operator.ledger),
    ask: async (onboarding, order) =>
      (await run(onboarding, order)) ?? {
        kind: 'question',
        heading: 'Replay this onboarding?',
        preview: <ReplayPreview onboarding={onboarding} />,
        verb: 'Replay',
        back: pageOf(onboarding),
      },
    act: async (onboarding, order) =>
      (await run(onboarding, order)) ?? { kind: 'done', to: pageOf(onboarding), notice: 'replayed' },
  };
}

/** Undefined: nothing stands in the way. */
function whyNotReplayed(result: ReplayResult): string | undefined {
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

function ReplayPreview({ onboarding }: { onboarding: Onboarding }) {
  const { error, lane, sourceName, status, attempts, region, account } = onboarding;
  const advice = error === null ? undefined : adviceFor(error.code, error.kind);
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
      {advice === undefined ? null : (
        <p class={`sunk ${advice.replay}`}>
          <b>{error?.code}.</b> {advice.replayNote}
        </p>
      )}
    </>
  );
}
