import { type RawBuilder, sql } from 'kysely';
import type { ReplayWrite } from '../../domain/acceptance.ts';
import type { OnboardingId, ReplayId } from '../../domain/ids.ts';
import type { Lane, Status } from '../../domain/onboarding.ts';
import { nextStatus } from '../../domain/state-machine.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { isRegionDraining } from './conditions.ts';
import { onboardingColumns, type OnboardingRow, toOnboarding } from './rows.ts';

/** Starts one onboarding over in its own lane. What it was before stands in the audit; its attempts stay. */
export async function replay(
  db: LedgerDatabase,
  id: OnboardingId,
  { from, ...by }: { from: Status; actor: string; reason: string; at: string },
): Promise<ReplayWrite> {
  return db.transaction().execute(async (transaction) => {
    const before = await transaction
      .selectFrom('onboardings')
      .select(['status', 'region'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) return { kind: 'notFound' };
    const status = nextStatus(before.status, 'replay');
    if (before.status !== from || status === undefined) return { kind: 'refused', status: before.status };
    if (await isRegionDraining(transaction, before.region)) return { kind: 'draining' };
    const { rows } = await sql<OnboardingRow>`
      with found as (select * from onboarding.onboardings where id = ${id}), ${startingOver({ ...by, status })}
      select ${onboardingColumns} from restarted o`.execute(transaction);
    const [after] = rows;
    if (after === undefined) throw new Error('A locked onboarding is gone.');
    return { kind: 'queued', onboarding: toOnboarding(after) };
  });
}

/** A source that is made again is followed from its create on, as if it had not been there before. */
const NOT_FOLLOWED =
  sql.raw(`aws_state = null, expires_at = null, expires_at_origin = null, connection = null,
  connected_at = null, checked_at = null, next_check_at = null, check_error = null, lost_since = null, warned_ms = null,
  looked_at = null`);

interface StartOver {
  /** A status, or SQL for it where `f` is the row before. */
  readonly status: Status | RawBuilder<unknown>;
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
  /** Whether it counts as a renewal. */
  readonly renews?: boolean;
  /** The lane that they go to, or SQL for it; left out: their own. */
  readonly lane?: Lane | RawBuilder<unknown>;
  /** Of a replay of many: its id, for the audit. */
  readonly replayId?: ReplayId;
}

/**
 * Two CTEs that start the onboardings of a CTE `found` (whole rows, locked) over, one of them or many: next replay
 * number, full budget, and nothing left of the last result: a queued row that still showed its old error or ARN would
 * be read as having one. What each was before stands in the audit, under its own id also where many are replayed at
 * once: the old error is nowhere else as a whole, and questions about a customer's onboarding are answered
 * there. `restarted` gives back the new rows. Old and new are put side by side by the update itself: a planner that takes
 * `found` for one row would join the two row by row.
 */
export function startingOver({
  status,
  actor,
  reason,
  at,
  lane,
  replayId,
  renews = false,
}: StartOver): RawBuilder<unknown> {
  return sql`
    restarted as (
      update onboarding.onboardings o set
        status = ${orLiteral(status)}, replays = o.replays + 1,
        renewals = o.renewals + ${sql.lit(renews ? 1 : 0)}, rounds = 0, streak = 0, first_call_at = null,
        next_attempt_at = null, outcome = null, event_source_arn = null, arn_origin = null, ${NOT_FOLLOWED},
        error = null, completed_at = null, updated_at = ${at}::timestamptz
        ${lane === undefined ? sql`` : sql`, lane = ${orLiteral(lane)}`}
      from found f where o.id = f.id
      returning ${onboardingColumns}, ${auditedPart('f')} as before, ${auditedPart('o')} as after
    ), audited as (
      insert into onboarding.audit (at, actor, action, subject, reason, before, after)
      select ${at}::timestamptz, ${actor}, ${sql.lit(renews ? 'renew' : 'replay')}, id, ${reason}, before, after
        ${replayId === undefined ? sql`` : sql`|| jsonb_build_object('replayId', ${replayId}::text)`}
      from restarted
    )`;
}

const orLiteral = (value: string | RawBuilder<unknown>): RawBuilder<unknown> =>
  typeof value === 'string' ? sql.lit(value) : value;

/** The part of an onboarding that an operator's action can change, in the names and the form that the API uses. */
function auditedPart(table: 'f' | 'o'): RawBuilder<unknown> {
  const column = (name: string): RawBuilder<unknown> => sql.ref(`${table}.${name}`);
  const instant = (name: string): RawBuilder<unknown> => sql`onboarding.json_instant(${column(name)})`;
  return sql`jsonb_build_object('status', ${column('status')}, 'replays', ${column('replays')},
    'outcome', ${column('outcome')}, 'eventSourceArn', ${column('event_source_arn')},
    'arnOrigin', ${column('arn_origin')}, 'awsState', ${column('aws_state')},
    'expiresAt', ${instant('expires_at')}, 'connection', ${column('connection')}, 'error', ${column('error')}, 'completedAt', ${instant('completed_at')})`;
}
