import { sql, type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool } from 'kysely';
import type { SetFilter } from '../domain/listing.ts';
import type { LedgerTables } from './database.ts';
import { oneOf } from './one-of.ts';
import { storable } from './storable-text.ts';

/** What a row has to be for a filter to match it; all of it holds at once. */
export function matching(
  eb: ExpressionBuilder<LedgerTables, 'onboardings'>,
  filter: SetFilter,
): Expression<SqlBool>[] {
  const { status, region, account, customerId, errorCode, q, from, to, endedFrom, endedTo, ids } = filter;
  return [
    ...(status === undefined ? [] : [eb('status', '=', status)]),
    ...(region === undefined ? [] : [eb('region', '=', storable(region))]),
    ...(account === undefined ? [] : [eb('account', '=', storable(account))]),
    ...(customerId === undefined ? [] : [eb('customer_id', '=', storable(customerId))]),
    ...(errorCode === undefined ? [] : [eb('error_code', '=', storable(errorCode))]),
    ...(q === undefined ? [] : [hasText(q)]),
    ...(from === undefined ? [] : [eb('created_at', '>=', from)]),
    ...(to === undefined ? [] : [eb('created_at', '<=', to)]),
    ...(endedFrom === undefined ? [] : [eb('completed_at', '>=', endedFrom)]),
    ...(endedTo === undefined ? [] : [eb('completed_at', '<=', endedTo)]),
    ...(ids === undefined ? [] : [oneOf('id', ids)]),
  ];
}

function hasText(q: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`id in (select onboarding_id from onboarding.search_texts where ${contains(q)})`;
}

/** Of a row of `search_texts`. Both sides are folded by the database, so that they agree on what lower case is. */
export function contains(part: string): RawBuilder<SqlBool> {
  const literal = storable(part).replace(/[\\%_]/g, '\\$&');
  return sql<SqlBool>`text like '%' || lower(${literal}::text) || '%'`;
}
