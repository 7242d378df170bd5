import { CompiledQuery, type RawBuilder, type Selectable, sql } from 'kysely';
import type { OnboardingId } from '../../domain/ids.ts';
import type { Attempt, Onboarding } from '../../domain/onboarding.ts';
import type { SourceRef } from '../../domain/outcome.ts';
import type { RunContext } from '../../domain/round.ts';
import type { LedgerDatabase, OnboardingTable } from '../database/database.ts';
import { oneOf } from './conditions.ts';
import {
  columnsOf,
  ONBOARDING_COLUMNS,
  onboardingColumns,
  type OnboardingRow,
  toOnboarding,
} from './rows.ts';

/** Those that exist, in no particular order. */
export async function getMany(
  db: LedgerDatabase,
  ids: readonly OnboardingId[],
): Promise<readonly Onboarding[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('onboardings')
    .select(ONBOARDING_COLUMNS)
    .where(oneOf('id', ids))
    .execute();
  return rows.map(toOnboarding);
}

type RunRow = OnboardingRow & Pick<Selectable<OnboardingTable>, 'rounds' | 'streak' | 'first_call_at'>;

/**
 * One text for any number of ids, and compiled already: this is asked for every job, and compiling it again costs more
 * than to answer it.
 */
const LOAD_RUNS = `
  select ${columnsOf('o', ONBOARDING_COLUMNS)}, o.rounds, o.streak, o.first_call_at
  from onboarding.onboardings o where o.id = any ($1)`;

/** Onboardings with the counters of their present replay, which only the worker uses. In order; unknown ids give undefined. */
export async function loadRuns(
  db: LedgerDatabase,
  ids: readonly OnboardingId[],
): Promise<readonly (RunContext | undefined)[]> {
  const { rows } = await db.executeQuery<RunRow>(CompiledQuery.raw(LOAD_RUNS, [ids]));
  const contexts = new Map(
    rows.map((row) => [
      row.id,
      {
        onboarding: toOnboarding(row),
        rounds: row.rounds,
        streak: row.streak,
        firstCallAt: row.first_call_at === null ? null : Date.parse(row.first_call_at),
      },
    ]),
  );
  return ids.map((id) => contexts.get(id));
}

/** In the order in which they were made. */
export async function attempts(db: LedgerDatabase, id: OnboardingId): Promise<readonly Attempt[]> {
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('onboarding_id', '=', id)
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    number: row.number,
    replay: row.replay,
    outcome: row.outcome,
    errorCode: row.error_code,
    message: row.message,
    requestId: row.request_id,
    durationMs: row.duration_ms,
    at: row.at,
  }));
}

/** The onboardings that hold these names now, in no particular order; a cancelled one holds none. */
export async function findHolders(
  db: LedgerDatabase,
  names: readonly SourceRef[],
): Promise<readonly Onboarding[]> {
  if (names.length === 0) return [];
  const regions = names.map(({ region }) => region);
  const sourceNames = names.map(({ sourceName }) => sourceName);
  const { rows } = await sql<OnboardingRow>`
    select o.* from (
      select distinct * from unnest(${regions}::text[], ${sourceNames}::text[]) as name (region, "sourceName")
    ) r cross join lateral (${holderOf(onboardingColumns)}) o`.execute(db);
  return rows.map(toOnboarding);
}

/** The holder of the name that the row `r` asks for. The limit keeps it one index look-up for each name. */
export const holderOf = (columns: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select ${columns} from onboarding.onboardings o
  where o.region = r.region and o.source_name = r."sourceName" and o.status <> 'cancelled' limit 1`;
