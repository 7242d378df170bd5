import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { OnboardingFilter, Page } from '../domain/listing.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { cursorAfter, readCursor } from './cursor.ts';
import type { LedgerDatabase, LedgerTables } from './database.ts';
import { ONBOARDING_COLUMNS, toOnboarding } from './rows.ts';
import { storable } from './storable-text.ts';

/** One page, newest first. Pages stay put while rows come in: a new id is always before the first page. */
export async function list(
  db: LedgerDatabase,
  filter: OnboardingFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<Onboarding>> {
  let query = db
    .selectFrom('onboardings')
    .select(ONBOARDING_COLUMNS)
    .where((eb) => eb.and(conditions(eb, filter)))
    .orderBy('id', 'desc')
    // One more than asked tells whether there is a next page.
    .limit(limit + 1);
  if (cursor !== undefined) query = query.where('id', '<', readCursor(cursor));
  const rows = await query.execute();
  const items = rows.slice(0, limit).map(toOnboarding);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last.id) : null };
}

function conditions(
  eb: ExpressionBuilder<LedgerTables, 'onboardings'>,
  filter: OnboardingFilter,
): Expression<SqlBool>[] {
  const { status, region, account, customerId, errorCode, q, from, to } = filter;
  return [
    ...(status === undefined ? [] : [eb('status', '=', status)]),
    ...(region === undefined ? [] : [eb('region', '=', storable(region))]),
    ...(account === undefined ? [] : [eb('account', '=', storable(account))]),
    ...(customerId === undefined ? [] : [eb('customer_id', '=', storable(customerId))]),
    ...(errorCode === undefined ? [] : [eb('error_code', '=', storable(errorCode))]),
    ...(q === undefined ? [] : [contains(q)]),
    ...(from === undefined ? [] : [eb('created_at', '>=', from)]),
    ...(to === undefined ? [] : [eb('created_at', '<=', to)]),
  ];
}

/** Both sides are folded by the database, so that they agree on what lower case is. */
function contains(text: string): Expression<SqlBool> {
  const literal = storable(text).replace(/[\\%_]/g, '\\$&');
  return sql<SqlBool>`search_text like '%' || lower(${literal}::text) || '%'`;
}
