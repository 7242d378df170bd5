import { sql, type RawBuilder } from 'kysely';
import { TREND_HOURS, type FailureFilter, type FailureGroup } from '../../domain/figures.ts';
import type { AttemptOutcomeKind } from '../../domain/outcome-kind.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { storable } from '../database/values.ts';

interface GroupRow {
  readonly error_code: string;
  readonly error_kind: AttemptOutcomeKind;
  readonly count: number;
  readonly regions: readonly { region: string; count: number }[];
  readonly sample_ids: readonly string[];
  readonly message: string;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly hours: Readonly<Record<string, number>> | null;
}

const MINUTE_MS = 60_000;
const SAMPLES = 5;

/**
 * Present failures by code and kind, biggest first. Without bounds in time the counts are those that are kept; with
 * them the failed rows are counted in their index. The rest is looked up in it, group by group.
 */
export async function readFailures(
  db: LedgerDatabase,
  filter: FailureFilter,
  now: number,
): Promise<readonly FailureGroup[]> {
  const trendEnd = Math.floor(now / MINUTE_MS + 1) * MINUTE_MS;
  const { rows } = await sql<GroupRow>`
    with counted as (${countsOf(filter)}), groups as (
      select error_code, error_kind, sum(count)::bigint as count,
        jsonb_agg(jsonb_build_object('region', region, 'count', count) order by count desc, region) as regions
      from counted group by error_code, error_kind
    ), trends as (
      select error_code, error_kind, jsonb_object_agg(hour, count) as hours from (
        select error_code, error_kind, sum(count) as count,
          ${TREND_HOURS - 1} - floor(date_part('epoch', ${iso(trendEnd)}::timestamptz - interval '1 minute' - at) / 3600) as hour
        from onboarding.present_figures
        where step = 60 and happened = 'failed' and at < ${iso(trendEnd)}::timestamptz
          and at >= ${iso(trendEnd - TREND_HOURS * 60 * MINUTE_MS)}::timestamptz ${inRegion(filter)}
        group by 1, 2, 4
      ) as hourly group by 1, 2
    )
    select g.*, newest.*, first.*, trends.hours
    from groups g
    cross join lateral (
      select array_agg(id) as sample_ids, (array_agg(error ->> 'message'))[1] as message, max(completed_at) as last_seen_at
      from (select id, error, completed_at from onboarding.onboardings
            where ${isOfGroup(filter)} order by completed_at desc, id desc limit ${SAMPLES}) as newest
    ) as newest
    cross join lateral (
      select completed_at as first_seen_at from onboarding.onboardings
      where ${isOfGroup(filter)} order by completed_at, id limit 1
    ) as first
    left join trends on trends.error_code = g.error_code and trends.error_kind = g.error_kind
    order by g.count desc, g.error_code, g.error_kind`.execute(db);
  return rows.map(toGroup);
}

function countsOf(filter: FailureFilter): RawBuilder<unknown> {
  if (filter.from === undefined && filter.to === undefined) {
    return sql`select error_code, error_kind, region, sum(count)::bigint as count from onboarding.present_counts
      where status = 'failed' ${inRegion(filter)} group by 1, 2, 3`;
  }
  return sql`select error_code, error_kind, region, count(*) as count from onboarding.onboardings
    where status = 'failed' ${inRegion(filter)} ${inTime(filter)} group by 1, 2, 3`;
}

const isOfGroup = (filter: FailureFilter): RawBuilder<unknown> => sql`
  status = 'failed' and error_code = g.error_code and error_kind = g.error_kind ${inRegion(filter)} ${inTime(filter)}`;

const inRegion = ({ region }: FailureFilter): RawBuilder<unknown> =>
  region === undefined ? sql`` : sql`and region = ${storable(region)}`;

const inTime = ({ from, to }: FailureFilter): RawBuilder<unknown> => sql`
  ${from === undefined ? sql`` : sql`and completed_at >= ${from}::timestamptz`}
  ${to === undefined ? sql`` : sql`and completed_at <= ${to}::timestamptz`}`;

const iso = (ms: number): string => new Date(ms).toISOString();

const toGroup = (row: GroupRow): FailureGroup => ({
  errorCode: row.error_code,
  kind: row.error_kind,
  message: row.message,
  count: row.count,
  firstSeenAt: row.first_seen_at,
  lastSeenAt: row.last_seen_at,
  regions: row.regions,
  sampleIds: row.sample_ids,
  hours: Array.from({ length: TREND_HOURS }, (_, hour) => row.hours?.[hour] ?? 0),
});
