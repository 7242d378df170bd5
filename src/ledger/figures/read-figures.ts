import { sql } from 'kysely';
import { HAPPENINGS, type Figure, type Figures, type FigureSpan } from '../../domain/figures.ts';
import type { LedgerCounts } from '../../domain/listing.ts';
import {
  type Connection,
  CONNECTIONS,
  type Lane,
  LANES,
  type Status,
  STATUSES,
} from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { storable } from '../database/values.ts';

const HOUR = 3_600;

/** Whole hours are read from the figures of hours, everything else from those of minutes. */
export async function readFigures(db: LedgerDatabase, span: FigureSpan, region?: string): Promise<Figures> {
  const { from, to, stepSeconds } = span;
  const kept = stepSeconds % HOUR === 0 ? HOUR : 60;
  const rows = await db
    .selectFrom('present_figures')
    .select(['happened', 'error_code'])
    .select(
      (kept === stepSeconds
        ? sql<string>`at`
        : sql<string>`onboarding.start_of(${stepSeconds}::integer, at)`
      ).as('at'),
    )
    .select((eb) => sql<number>`${eb.fn.sum('count')}::bigint`.as('count'))
    .where('step', '=', kept)
    // Each by name, so that the key is used with all its columns.
    .where('happened', 'in', HAPPENINGS)
    .where('at', '>=', from)
    .where('at', '<', to)
    .$if(region !== undefined, (query) => query.where('region', '=', storable(region ?? '')))
    .groupBy([sql`1`, sql`2`, sql`3`])
    .execute();
  const byErrorCode = new Map<string, number>();
  for (const { happened, error_code: errorCode, count } of rows) {
    if (happened === 'failed') byErrorCode.set(errorCode, (byErrorCode.get(errorCode) ?? 0) + count);
  }
  return {
    figures: rows.map(({ at, happened, count }): Figure => ({ at, happened, count })),
    byErrorCode: [...byErrorCode]
      .map(([errorCode, count]) => ({ errorCode, count }))
      .sort((a, b) => b.count - a.count || (a.errorCode < b.errorCode ? -1 : 1)),
  };
}

/** Forgets figures that are over their time; how many. Any number of processes may prune at once. */
export async function pruneFigures(
  db: LedgerDatabase,
  { minutesBefore, hoursBefore, limit }: { minutesBefore: string; hoursBefore: string; limit: number },
): Promise<number> {
  const { rows } = await sql<{ pruned: number }>`
    select onboarding.prune_figures(${minutesBefore}::timestamptz, ${hoursBefore}::timestamptz, ${limit}::integer)
      as pruned`.execute(db);
  return rows[0]?.pruned ?? 0;
}

/** Every onboarding once, under its present status and error, from the counts that are kept. */
export async function counts(db: LedgerDatabase): Promise<LedgerCounts> {
  const rows = await db
    .selectFrom('present_counts')
    .select(['region', 'lane', 'status', 'error_code', 'connection', 'count'])
    .execute();
  const byStatus = zeroes(STATUSES);
  const byLane = zeroes(LANES);
  const byConnection = zeroes(CONNECTIONS);
  const byRegion = new Map<string, Counted>();
  const byErrorCode = new Map<string, number>();
  for (const { region, lane, status, error_code: errorCode, connection, count } of rows) {
    byStatus[status] += count;
    byLane[lane] += count;
    const inRegion = byRegion.get(region) ?? {
      byStatus: zeroes(STATUSES),
      byConnection: zeroes(CONNECTIONS),
    };
    inRegion.byStatus[status] += count;
    if (connection !== '') {
      byConnection[connection] += count;
      inRegion.byConnection[connection] += count;
    }
    byRegion.set(region, inRegion);
    if (errorCode !== '') byErrorCode.set(errorCode, (byErrorCode.get(errorCode) ?? 0) + count);
  }
  return {
    byStatus,
    byConnection,
    byLane,
    byRegion: [...byRegion]
      .map(([region, inRegion]) => ({ region, ...inRegion }))
      .sort((a, b) => (a.region < b.region ? -1 : 1)),
    byErrorCode: [...byErrorCode]
      .map(([errorCode, count]) => ({ errorCode, count }))
      .sort((a, b) => b.count - a.count || (a.errorCode < b.errorCode ? -1 : 1)),
  };
}

interface Counted {
  readonly byStatus: Record<Status, number>;
  readonly byConnection: Record<Connection, number>;
}

function zeroes<K extends Lane | Status | Connection>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
