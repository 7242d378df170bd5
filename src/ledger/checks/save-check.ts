import { sql } from 'kysely';
import type { CheckWrite, ConnectionChange, RecentLosses } from '../../domain/check.ts';
import type { OnboardingId } from '../../domain/ids.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { Region } from '../../domain/region.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { newDeliveryId, toldBy } from '../deliveries/record-events.ts';
import {
  ONBOARDING_COLUMNS,
  onboardingColumns,
  toOnboarding,
  type OnboardingRow,
} from '../onboardings/rows.ts';

/** One statement: the result of a look, its webhook, and its line in the history where the connection changed. */
export async function saveCheck(
  db: LedgerDatabase,
  { id, replays, lookedAt, at, followed, news, isChange }: CheckWrite,
  hasWebhook: boolean,
): Promise<Onboarding | undefined> {
  const { connection, checkError } = followed;
  const { rows } = await sql<OnboardingRow>`
    with before as (
      select o.id, o.connection from onboarding.onboardings o
      where o.id = ${id} and o.replays = ${replays} and o.status = 'provisioned' and o.looked_at = ${lookedAt}
      for update
    ), changed as (
      update onboarding.onboardings o set connection = ${connection}::text, aws_state = ${followed.awsState}::text,
        expires_at = ${followed.expiresAt}::timestamptz, expires_at_origin = ${followed.expiresAtOrigin}::text,
        connected_at = ${followed.connectedAt}::timestamptz, checked_at = ${followed.checkedAt}::timestamptz,
        next_check_at = ${followed.nextCheckAt}::timestamptz,
        check_error = ${checkError === null ? null : JSON.stringify(checkError)}::jsonb,
        lost_since = ${followed.lostSince}::timestamptz, warned_ms = ${followed.warnedMs}::bigint,
        updated_at = case when ${isChange}::boolean then ${at}::timestamptz else o.updated_at end,
        ends = o.ends + ${news === null ? 0 : 1}::integer
      from before b where o.id = b.id
      returning ${onboardingColumns}, o.ends, b.connection as was, ${news?.event ?? null}::text as event,
        ${news?.hoursLeft ?? null}::integer as hours_left, false as late, ${newDeliveryId(at)}::text as event_id,
        ${at}::timestamptz as told_at
    ), told as (
      ${sql.raw(toldBy('changed', String(hasWebhook)))}
    ), noted as (
      insert into onboarding.connection_changes (onboarding_id, at, was, connection, expires_at)
      select id, ${at}::timestamptz, was, connection, expires_at from changed where connection <> was
    )
    select ${sql.raw(ONBOARDING_COLUMNS.join(', '))} from changed`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : toOnboarding(row);
}

export async function recentLosses(db: LedgerDatabase, region: Region, since: string): Promise<RecentLosses> {
  const { rows } = await sql<RecentLosses>`
    select (
      select count(*) from onboarding.onboardings o
      where o.region = ${region} and o.lost_since >= ${since}::timestamptz
        and (o.expires_at is null or o.lost_since < o.expires_at)
        and o.lost_since > coalesce(
          (select max(ended_at) from onboarding.holds where region = ${region} and kind = 'losses'), '-infinity')
    ) as lost, (
      select coalesce(sum(count), 0) from onboarding.present_counts where region = ${region} and status = 'provisioned'
    )::bigint as sources`.execute(db);
  return rows[0] ?? { lost: 0, sources: 0 };
}

const COUNTED = 10_000;

/** By its index (`onboardings_expiring`), of which no more is read than is counted. */
export async function countExpiring(db: LedgerDatabase, before: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (
      select from onboarding.onboardings
      where connection in ('waiting', 'disconnected') and expires_at < ${before}::timestamptz limit ${COUNTED}
    ) as expiring`.execute(db);
  return rows[0]?.count ?? 0;
}

const OVERDUE_MS = 600_000;

/** @param now milliseconds since 1970 */
export async function countOverdue(
  db: LedgerDatabase,
  now: number,
): Promise<readonly { readonly region: string; readonly count: number }[]> {
  const { rows } = await sql<{ region: string; count: number }>`
    select region, count(*) as count from (
      select region from onboarding.onboardings
      where next_check_at is not null and next_check_at < ${new Date(now - OVERDUE_MS).toISOString()}::timestamptz
      limit ${COUNTED}
    ) as overdue group by region`.execute(db);
  return rows;
}

export async function connectionChanges(
  db: LedgerDatabase,
  id: OnboardingId,
): Promise<readonly ConnectionChange[]> {
  return db
    .selectFrom('connection_changes')
    .select(['at', 'was', 'connection', 'expires_at as expiresAt'])
    .where('onboarding_id', '=', id)
    .orderBy('id')
    .execute();
}
