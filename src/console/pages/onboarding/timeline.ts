import type { AuditEntry } from '../../../domain/audit.ts';
import type { LoggedDelivery } from '../../../domain/delivery.ts';
import type { ConnectionChange } from '../../../domain/check.ts';
import type { Attempt, Connection, Onboarding } from '../../../domain/onboarding.ts';
import type { Moment } from '../../views/timeline.tsx';
import { ACTION_WORDS } from '../audit/actions.ts';
import { callMoment } from '../deliveries/delivery-view.tsx';

export interface TimelineParts {
  readonly onboarding: Onboarding;
  readonly attempts: readonly Attempt[];
  readonly deliveries: readonly LoggedDelivery[];
  /** The audit of this onboarding. */
  readonly audit: readonly AuditEntry[];
  readonly connections: readonly ConnectionChange[];
}

/**
 * Everything that is known of an onboarding, newest first. Each kind of record gives its own moments; a further kind
 * is one more function here.
 */
export function timelineOf({
  onboarding,
  attempts,
  deliveries,
  audit,
  connections,
}: TimelineParts): readonly Moment[] {
  const moments = [
    intake(onboarding),
    ...attempts.map(attempt),
    ...audit.map(auditEntry),
    ...ending(onboarding),
    ...connections.map(connectionMoment),
    ...deliveries.flatMap(webhook),
    ...ahead(onboarding),
    ...expiry(onboarding),
  ];
  // What came first stays first where instants are equal; then the whole is turned round.
  return moments.sort((one, other) => one.at.localeCompare(other.at)).reverse();
}

const intake = ({ createdAt, lane }: Onboarding): Moment => ({
  at: createdAt,
  tone: 'idle',
  icon: 'inbox',
  title: `Accepted, ${lane} lane`,
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

/** What people did to it, in their words. */
function auditEntry({ at, actor, action, reason, after }: AuditEntry): Moment {
  const [words, icon] = ACTION_WORDS[action];
  const many = replayIn(after);
  return {
    at,
    tone: action === 'cancel' ? 'idle' : 'busy',
    icon,
    title: `${actor} ${words} it${many === undefined ? '' : ' in a bulk replay'}`,
    text: reason ?? undefined,
    ...(many === undefined ? {} : { href: `/replays/${many}` }),
  };
}

/** The replay of many that it was part of. */
function replayIn(after: object | null): string | undefined {
  const id: unknown = after !== null && 'replayId' in after ? after.replayId : undefined;
  return typeof id === 'string' ? id : undefined;
}

function ending({ status, completedAt, outcome, error, eventSourceArn }: Onboarding): Moment[] {
  if (completedAt === null) return [];
  switch (status) {
    case 'provisioned':
      return [
        {
          at: completedAt,
          tone: 'good',
          icon: 'check',
          title: outcome === 'adopted' ? 'Provisioned: the source existed already' : 'Provisioned',
          text: eventSourceArn ?? undefined,
        },
      ];
    case 'failed':
      return [{ at: completedAt, tone: 'bad', icon: 'cross', title: `Failed: ${error?.code ?? 'unknown'}` }];
    case 'cancelled':
      // The audit names who cancelled it.
      return [];
    case 'accepted':
    case 'queued':
    case 'retrying':
      return [];
  }
}

const CONNECTED: Readonly<Record<Connection, Pick<Moment, 'tone' | 'icon' | 'title'>>> = {
  waiting: { tone: 'busy', icon: 'clock', title: 'The source is there again and waits for the customer' },
  connected: { tone: 'good', icon: 'check', title: 'The customer accepted the source' },
  disconnected: { tone: 'warn', icon: 'alert', title: 'The customer deleted the event bus' },
  expired: { tone: 'bad', icon: 'cross', title: 'The source expired before the customer accepted it' },
  removed: { tone: 'bad', icon: 'cross', title: 'AWS no longer holds the source' },
  unknown: { tone: 'warn', icon: 'help', title: 'AWS reports an unknown state' },
};

const connectionMoment = ({ at, connection }: ConnectionChange): Moment => ({ at, ...CONNECTED[connection] });

function webhook({ id, type, log }: LoggedDelivery): Moment[] {
  return log.map((attempt) => ({
    ...callMoment(attempt),
    href: `/deliveries/${id}`,
    icon: 'send',
    title: `${type} ${attempt.errorCode === null ? 'delivered' : `not delivered: ${attempt.errorCode}`} (attempt ${attempt.number})`,
  }));
}

function expiry({ expiresAt, connection }: Onboarding): Moment[] {
  if (expiresAt === null || (connection !== 'waiting' && connection !== 'disconnected')) return [];
  const title = 'AWS deletes the source unless the customer accepts it';
  return [{ at: expiresAt, tone: 'warn', icon: 'clock', title, isAhead: true }];
}

function ahead({ nextAttemptAt, status, error }: Onboarding): Moment[] {
  if (nextAttemptAt === null || status !== 'retrying') return [];
  const text = error === null ? undefined : `retries after ${error.code}`;
  return [{ at: nextAttemptAt, tone: 'busy', icon: 'clock', title: 'Next attempt', text, isAhead: true }];
}
