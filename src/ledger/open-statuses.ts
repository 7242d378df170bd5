import { sql } from 'kysely';
import { OPEN_STATUSES } from '../domain/state-machine.ts';

/** `o.status in (…)` as literals: only those let the planner see that a partial index applies, in every kind of plan. */
export const isOpenRow = sql<boolean>`o.status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))})`;
