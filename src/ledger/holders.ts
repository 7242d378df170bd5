import { sql, type RawBuilder } from 'kysely';
import type { Onboarding } from '../domain/onboarding.ts';
import type { SourceRef } from '../domain/partner-call.ts';
import type { LedgerDatabase } from './database.ts';
import { onboardingColumns, toOnboarding, type OnboardingRow } from './rows.ts';

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
