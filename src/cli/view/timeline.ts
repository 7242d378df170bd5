import type { AuditEntry } from '../../client/audit-answers.ts';
import type { Attempt, Onboarding } from '../../domain/onboarding.ts';
import { STATUS_STYLE } from './onboarding.ts';
import type { Style } from './style.ts';
import type { Columns } from './table.ts';

interface Moment {
  readonly at: string;
  readonly what: string;
  readonly style?: Style;
  readonly detail: string | null;
}

/** What happened to an onboarding, oldest first: its calls, and what people did to it. */
export function timelineColumns(
  onboarding: Onboarding,
  { attempts, audit }: { attempts: readonly Attempt[]; audit: readonly AuditEntry[] },
): Columns {
  const moments: readonly Moment[] = [
    { at: onboarding.createdAt, what: 'accepted', detail: onboarding.lane },
    ...attempts.map(attemptMoment),
    ...audit.map(({ at, actor, action, reason }) => ({
      at,
      what: action,
      style: 'strong' as const,
      detail: `by ${actor}${reason === null ? '' : `: ${reason}`}`,
    })),
    ...(onboarding.completedAt === null
      ? []
      : [
          {
            at: onboarding.completedAt,
            what: onboarding.status,
            style: STATUS_STYLE[onboarding.status],
            detail: onboarding.eventSourceArn ?? onboarding.error?.code ?? null,
          },
        ]),
  ];
  // Stable: at the same millisecond an attempt stands before the end that it made.
  const ordered = [...moments].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return {
    head: ['AT', 'WHAT', 'DETAIL'],
    rows: ordered.map(({ at, what, style, detail }) => [{ instant: at }, { text: what, style }, detail]),
    cut: { DETAIL: 'start' },
  };
}

function attemptMoment(attempt: Attempt): Moment {
  const { at, number, outcome, errorCode, message, durationMs } = attempt;
  const said = [errorCode, message].filter((text) => text !== null).join(': ');
  return {
    at,
    what: `attempt ${number}`,
    detail: `${outcome}${said === '' ? '' : `, ${said}`} (${Math.round(durationMs)} ms)`,
    style: outcome === 'created' || outcome === 'adopted' ? 'good' : 'doubtful',
  };
}
