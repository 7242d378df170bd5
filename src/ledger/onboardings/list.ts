import type { OnboardingFilter, Page } from '../../domain/listing.ts';
import { isOnboardingId, type OnboardingId } from '../../domain/ids.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import { cursorAfter, readCursor } from '../cursor.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { ONBOARDING_COLUMNS, toOnboarding } from './rows.ts';
import { rowsOf } from '../search/rows-of.ts';
import { search, SEARCH_BOUNDS, type Found, type SearchBounds } from '../search/search.ts';

/**
 * One page, newest first. Pages stay put while rows come in: a new id is always before the first page. A page of a search
 * may end early, even without a row: its cursor continues.
 */
export async function list(
  db: LedgerDatabase,
  filter: OnboardingFilter,
  { limit, cursor, bounds = SEARCH_BOUNDS }: { limit: number; cursor?: string; bounds?: SearchBounds },
): Promise<Page<Onboarding>> {
  const before = cursor === undefined ? undefined : readCursor(cursor, isOnboardingId);
  const { q, ...others } = filter;
  // One more than asked tells whether there is a next page.
  const asked = { before, limit: limit + 1 };
  const { rows, lookedThrough } =
    q === undefined || q === ''
      ? await inOrder(db, { filter: others, ...asked })
      : await search(db, { q, filter: others, ...asked }, bounds);
  const items = rows.slice(0, limit).map(toOnboarding);
  const last = rows.length > limit ? items.at(-1)?.id : lookedThrough;
  return { items, nextCursor: last === undefined ? null : cursorAfter(last) };
}

async function inOrder(
  db: LedgerDatabase,
  asked: { filter: OnboardingFilter; before: OnboardingId | undefined; limit: number },
): Promise<Found> {
  const rows = await rowsOf(db, asked)
    .select(ONBOARDING_COLUMNS)
    .orderBy('id', 'desc')
    .limit(asked.limit)
    .execute();
  return { rows, lookedThrough: undefined };
}
