import type { SelectQueryBuilder } from 'kysely';
import { firstIdAt, type OnboardingId } from '../../domain/ids.ts';
import type { OnboardingFilter } from '../../domain/listing.ts';
import type { LedgerDatabase, LedgerTables } from '../database/database.ts';
import { matching } from '../onboardings/conditions.ts';

/** An id is made in the moment of its row's `created_at`; a clock that is set meanwhile may part them by so much. */
const APART_MS = 60_000;

/**
 * The rows that a filter lets through, before an id if one is given. Bounds on created_at are bounds on the id as well,
 * since that begins with the time: a list in the order of ids then begins and ends where it should, without an index.
 */
export function rowsOf(
  db: LedgerDatabase,
  { filter, before }: { filter: OnboardingFilter; before: OnboardingId | undefined },
): SelectQueryBuilder<LedgerTables, 'onboardings', unknown> {
  const { from, to } = filter;
  const ids = [
    ...(before === undefined ? [] : [['<', before] as const]),
    ...(from === undefined ? [] : [['>=', firstIdAt(Date.parse(from) - APART_MS)] as const]),
    ...(to === undefined ? [] : [['<', firstIdAt(Date.parse(to) + APART_MS)] as const]),
  ];
  return db
    .selectFrom('onboardings')
    .where((eb) => eb.and([...matching(eb, filter), ...ids.map(([sign, id]) => eb('id', sign, id))]));
}
