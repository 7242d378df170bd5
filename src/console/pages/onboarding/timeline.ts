import type { LoggedDelivery } from '../../../domain/delivery.ts';
import type { Attempt, Onboarding } from '../../../domain/onboarding.ts';
import type { Tone } from '../../views/badge.tsx';
import type { IconName } from '../../views/icon.tsx';

/** One thing that happened, or that is to happen, as the timeline shows it. */
export interface Moment {
  readonly at: string;
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  /** What AWS or an endpoint said. */
  readonly text?: string | undefined;
  /** AWS's id of the request, for its support. */
  readonly requestId?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly isAhead?: true;
}

export interface TimelineParts {
  readonly onboarding: Onboarding;
  readonly attempts: readonly Attempt[];
  readonly deliveries: readonly LoggedDelivery[];
}

/**
 * Everything that is known of an onboarding, newest first. Each kind of record gives its own moments; a further kind
 * is one more function here.
 */
export function timelineOf({ onboarding, attempts, deliveries }: TimelineParts): readonly Moment[] {
  const moments = [
    intake(onboarding),
    ...attempts.map(attempt),
    ...replays(attempts, onboarding),
    ...ending(onboarding),
    ...deliveries.flatMap(notification),
    ...ahead(onboarding),
  ];
  // What came first stays first where instants are equal; then the whole is turned round.
  return moments.sort((one, other) => one.at.localeCompare(other.at)).reverse();
}

const intake = ({ createdAt, lane }: Onboarding): Moment => ({
  at: createdAt,
  tone: 'idle',
  icon: 'inbox',
  title: `Taken in, ${lane} lane`,
});

function attempt({ number, outcome, errorCode, message, requestId, durationMs, at }: Attempt): Moment {
  const went = outcome === 'created' || outcome === 'adopted';
  return {
    at,
    tone: went
      ? 'good'
      : outcome === 'throttled' || outcome === 'unsettled' || outcome === 'transient'
        ? 'warn'
        : 'bad',
    icon: went ? 'check' : 'alert',
    title: `Attempt ${number}: ${errorCode ?? outcome}`,
    text: message ?? undefined,
    requestId: requestId ?? undefined,
    durationMs,
  };
}

/** The first attempt after each replay tells that there was one; who and why is in the audit. */
function replays(attempts: readonly Attempt[], { replays: count, status, updatedAt }: Onboarding): Moment[] {
  const seen = new Set<number>();
  const begun = attempts.flatMap(({ replay, at }) => {
    if (replay === 0 || seen.has(replay)) return [];
    seen.add(replay);
    return [replayed(replay, at)];
  });
  const waits = count > 0 && !seen.has(count) && status === 'queued';
  return waits ? [...begun, replayed(count, updatedAt)] : begun;
}

const replayed = (number: number, at: string): Moment => ({
  at,
  tone: 'busy',
  icon: 'replay',
  title: `Replay ${number}`,
});

function ending({ status, completedAt, outcome, error, eventSourceArn }: Onboarding): Moment[] {
  if (completedAt === null) return [];
  switch (status) {
    case 'provisioned':
      return [
        {
          at: completedAt,
          tone: 'good',
          icon: 'check',
          title: outcome === 'adopted' ? 'Provisioned: the source was there already' : 'Provisioned',
          text: eventSourceArn ?? undefined,
        },
      ];
    case 'failed':
      return [{ at: completedAt, tone: 'bad', icon: 'cross', title: `Failed: ${error?.code ?? 'given up'}` }];
    case 'cancelled':
      return [{ at: completedAt, tone: 'idle', icon: 'slash', title: 'Cancelled' }];
    case 'accepted':
    case 'queued':
    case 'retrying':
      return [];
  }
}

function notification(delivery: LoggedDelivery): Moment[] {
  return delivery.log.map(({ number, at, origin, statusCode, errorCode, durationMs }) => {
    const went = errorCode === null;
    return {
      at,
      tone: went ? 'good' : 'warn',
      icon: 'send',
      title: `${delivery.type} ${went ? 'delivered' : `not delivered: ${errorCode}`} (call ${number})`,
      text: [origin, statusCode === null ? undefined : `answered ${statusCode}`].filter(Boolean).join(' '),
      durationMs,
    };
  });
}

function ahead({ nextAttemptAt, status, error }: Onboarding): Moment[] {
  if (nextAttemptAt === null || status !== 'retrying') return [];
  const text = error === null ? undefined : `waits after ${error.code}`;
  return [{ at: nextAttemptAt, tone: 'busy', icon: 'clock', title: 'Next attempt', text, isAhead: true }];
}
