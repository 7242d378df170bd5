import type { FastifyInstance } from 'fastify';
import { adviceFor } from '../../../domain/advice.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { cancelOnboarding } from '../../../operations/cancel.ts';
import { refusalOf } from '../../../operations/refusal.ts';
import { replayOnboarding } from '../../../operations/replay.ts';
import { confirmAction } from '../../confirm.tsx';
import type { PagesDeps } from '../../deps.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { findOnboarding } from './route.ts';

const ACTIONS = {
  cancel: {
    order: cancelOnboarding,
    verb: 'Cancel onboarding',
    notice: 'cancelled',
    Effects: CancelEffects,
  },
  replay: { order: replayOnboarding, verb: 'Replay onboarding', notice: 'replayed', Effects: ReplayEffects },
} as const;

/** What an operator can do with one onboarding. */
export function onboardingActions(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  for (const action of ['cancel', 'replay'] as const) {
    const { order, verb, notice, Effects } = ACTIONS[action];
    confirmAction<Onboarding>(app, respond, {
      path: `/onboardings/:id/${action}`,
      find: (request) => findOnboarding(request, operator.ledger),
      async run(onboarding, request) {
        const page = `/onboardings/${onboarding.id}`;
        const result = await order(onboarding.id, request, operator);
        if (!('onboarding' in result)) {
          const { code, detail } = refusalOf(result);
          return {
            kind: 'refused',
            heading: `This onboarding cannot be ${notice} now`,
            explanation: <p>{detail}</p>,
            next: code === 'attempt_running' ? { href: `${page}/${action}`, text: 'Try again' } : undefined,
            back: page,
          };
        }
        if (!request.dryRun) return { kind: 'done', to: page, notice };
        return {
          kind: 'question',
          heading: action === 'cancel' ? 'Cancel this onboarding?' : 'Replay this onboarding?',
          preview: (
            <>
              <p class="breaks">
                <code>{onboarding.sourceName}</code>
              </p>
              <Effects onboarding={onboarding} />
            </>
          ),
          verb,
          isGrave: action === 'cancel',
          back: page,
        };
      },
    });
  }
}

function CancelEffects({ onboarding: { status, account, region } }: { onboarding: Onboarding }) {
  return (
    <ul class="preview">
      <li>
        <StatusBadge status={status} /> becomes <StatusBadge status="cancelled" /> permanently: it cannot be
        replayed.
      </li>
      <li>
        Account {account} gets no source in {region}. The job is removed from the queue, and AWS is not
        called.
      </li>
      <li>The source name is free again, and onboarding.cancelled is sent to the signup system.</li>
    </ul>
  );
}

function ReplayEffects({ onboarding }: { onboarding: Onboarding }) {
  const { error, lane, status, attempts, region, account } = onboarding;
  const advice = error === null ? undefined : adviceFor(error.code, error.kind);
  return (
    <>
      <ul class="preview">
        <li>
          <StatusBadge status={status} /> becomes <StatusBadge status="queued" />, in the {lane} lane of{' '}
          {region}.
        </li>
        <li>It gets a full retry budget and a new deadline. Previous attempts ({attempts}) are kept.</li>
        <li>The source is requested for account {account}. If it exists already, it is adopted.</li>
      </ul>
      {advice === undefined ? null : (
        <p class={`sunk ${advice.replay}`}>
          <b>{error?.code}.</b> {advice.replayNote}
        </p>
      )}
    </>
  );
}
