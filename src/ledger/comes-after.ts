import { sql, type RawBuilder } from 'kysely';
import type { OnboardingId } from '../domain/ids.ts';
import type { Lane } from '../domain/onboarding.ts';

/**
 * Whether a row of onboardings (table `o`), walked live lane first and then by id, comes after another. Within the last
 * lane it is said such that the index begins there: a walk over a million rows would otherwise begin anew for every batch.
 */
export function comesAfter({
  lane,
  id,
}: {
  readonly lane: Lane;
  readonly id: OnboardingId;
}): RawBuilder<boolean> {
  switch (lane) {
    case 'live':
      return sql`(o.lane < ${lane} or (o.lane = ${lane} and o.id > ${id}))`;
    case 'bulk':
      return sql`(o.lane = ${lane} and o.id > ${id})`;
  }
}
