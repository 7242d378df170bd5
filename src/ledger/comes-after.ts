import { sql, type RawBuilder } from 'kysely';
import type { Lane } from '../domain/onboarding.ts';

/**
 * Whether a row of onboardings (table `o`), walked live lane first and then by id, comes after another. `within` limits the
 * walk to one lane. Where no other lane follows, the condition lets the index begin at the row: a walk over a million rows
 * would otherwise begin anew for every batch.
 */
export function comesAfter(
  { lane, id }: { readonly lane: Lane; readonly id: string },
  within?: Lane,
): RawBuilder<boolean> {
  if (lane === 'bulk' || lane === within) return sql`(o.lane = ${lane} and o.id > ${id})`;
  return sql`(o.lane < ${lane} or (o.lane = ${lane} and o.id > ${id}))`;
}
