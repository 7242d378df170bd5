import { sql, type Selectable } from 'kysely';
import type { CheckClaim, DueCheck } from '../../domain/check.ts';
import type { Followed } from '../../domain/connection.ts';
import type { OnboardingId } from '../../domain/ids.ts';
import type { LedgerDatabase, OnboardingTable } from '../database/database.ts';
import { onboardingColumns, toOnboarding, type OnboardingRow } from '../onboardings/rows.ts';

type CheckRow = OnboardingRow &
  Pick<Selectable<OnboardingTable>, 'lost_since' | 'warned_ms'> & { looked_at: string };

const columns = sql`${onboardingColumns}, o.lost_since, o.warned_ms, o.looked_at`;

/** Looks at each Region by itself (index `onboardings_to_check`); what another process has locked is skipped. */
export async function claimChecks(
  db: LedgerDatabase,
  { regions, perRegion, now, leaseMs }: CheckClaim,
): Promise<readonly DueCheck[]> {
  const { rows } = await sql<CheckRow>`
    with due as (
      select one.id from unnest(${regions}::text[]) as r (region) cross join lateral (
        select o.id from onboarding.onboardings o
        where o.region = r.region and o.next_check_at <= ${now}
          and (o.looked_at is null or o.looked_at <= ${now}::timestamptz - ${leaseMs} * interval '1 millisecond')
        order by o.next_check_at limit ${perRegion} for update skip locked
      ) one
    )
    update onboarding.onboardings o set looked_at = ${now}
    from due where o.id = due.id returning ${columns}`.execute(db);
  return rows.flatMap(toDueCheck);
}

export async function claimCheck(
  db: LedgerDatabase,
  id: OnboardingId,
  { now, quietMs }: { now: string; quietMs: number },
): Promise<DueCheck | undefined> {
  const { rows } = await sql<CheckRow>`
    update onboarding.onboardings o set looked_at = ${now}
    where o.id = ${id} and o.status = 'provisioned'
      and (o.looked_at is null or o.looked_at <= ${now}::timestamptz - ${quietMs} * interval '1 millisecond')
    returning ${columns}`.execute(db);
  return rows.flatMap(toDueCheck)[0];
}

function toDueCheck(row: CheckRow): DueCheck[] {
  const onboarding = toOnboarding(row);
  const { connection, awsState, nextCheckAt, ...others } = onboarding;
  if (connection === null || awsState === null || nextCheckAt === null) return [];
  const { expiresAt, expiresAtOrigin, connectedAt, checkedAt, checkError } = others;
  const followed: Followed = {
    connection,
    awsState,
    expiresAt,
    expiresAtOrigin,
    connectedAt,
    checkedAt,
    nextCheckAt,
    checkError,
    lostSince: row.lost_since,
    warnedMs: row.warned_ms,
  };
  return [{ onboarding, followed, lookedAt: row.looked_at }];
}
