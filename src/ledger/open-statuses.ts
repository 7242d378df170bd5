import { sql, type RawBuilder } from 'kysely';
import type { Status } from '../domain/onboarding.ts';
import { OPEN_STATUSES } from '../domain/state-machine.ts';

/** `o.status in (…)` as literals: only those let the planner see that a partial index applies, in every kind of plan. */
export const isOpenRow = isOneOf(OPEN_STATUSES);

export function isOneOf(statuses: readonly Status[]): RawBuilder<boolean> {
  return sql<boolean>`o.status in (${sql.join(statuses.map((status) => sql.lit(status)))})`;
}
