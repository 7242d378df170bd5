import type { OnboardingFilter, Page } from '../domain/listing.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { cursorAfter, readCursor } from './cursor.ts';
import type { LedgerDatabase } from './database.ts';
import { matching } from './matching.ts';
import { ONBOARDING_COLUMNS, toOnboarding } from './rows.ts';

/** One page, newest first. Pages stay put while rows come in: a new id is always before the first page. */
export async function list(
  db: LedgerDatabase,
  filter: OnboardingFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<Onboarding>> {
  let query = db
    .selectFrom('onboardings')
    .select(ONBOARDING_COLUMNS)
    .where((eb) => eb.and(matching(eb, filter)))
    .orderBy('id', 'desc')
    // One more than asked tells whether there is a next page.
    .limit(limit + 1);
  if (cursor !== undefined) query = query.where('id', '<', readCursor(cursor));
  const rows = await query.execute();
  const items = rows.slice(0, limit).map(toOnboarding);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last.id) : null };
}
