import { type Expression, type ExpressionBuilder, type RawBuilder, sql, type SqlBool } from 'kysely';
import type { SetFilter } from '../../domain/listing.ts';
import type { Lane } from '../../domain/onboarding.ts';
import { OPEN_STATUSES } from '../../domain/state-machine.ts';
import type { LedgerDatabase, LedgerTables } from '../database/database.ts';
import { storable } from '../database/values.ts';

/** What a row has to be for a filter to match it; all of it holds at once. */
export function matching(
  eb: ExpressionBuilder<LedgerTables, 'onboardings'>,
  filter: SetFilter,
): Expression<SqlBool>[] {
  const {
    status,
    connection,
    awsState,
    expiringBefore,
    region,
    account,
    customerId,
    errorCode,
    q,
    from,
    to,
    endedFrom,
    endedTo,
    ids,
  } = filter;
  return [
    ...(status === undefined ? [] : [eb('status', '=', status)]),
    ...(connection === undefined ? [] : [eb('connection', '=', connection)]),
    ...(awsState === undefined ? [] : [eb('aws_state', '=', awsState)]),
    ...(expiringBefore === undefined ? [] : [isExpiringBefore(expiringBefore)]),
    ...(region === undefined ? [] : [eb('region', '=', storable(region))]),
    ...(account === undefined ? [] : [eb('account', '=', storable(account))]),
    ...(customerId === undefined ? [] : [eb('customer_id', '=', storable(customerId))]),
    ...(errorCode === undefined ? [] : [hasError(eb, errorCode)]),
    ...(q === undefined ? [] : [hasText(q)]),
    ...(from === undefined ? [] : [eb('created_at', '>=', from)]),
    ...(to === undefined ? [] : [eb('created_at', '<=', to)]),
    ...(endedFrom === undefined ? [] : [eb('completed_at', '>=', endedFrom)]),
    ...(endedTo === undefined ? [] : [eb('completed_at', '<=', endedTo)]),
    ...(ids === undefined ? [] : [oneOf('id', ids)]),
  ];
}

/** As literals, so that the planner sees that the partial index applies. */
const isExpiringBefore = (instant: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`connection in ('waiting', 'disconnected') and expires_at < ${instant}::timestamptz`;

/** One code is an equation, so that its index gives the rows in the order of a list. */
function hasError(
  eb: ExpressionBuilder<LedgerTables, 'onboardings'>,
  errorCode: string | readonly string[],
): Expression<SqlBool> {
  return typeof errorCode === 'string'
    ? eb('error_code', '=', storable(errorCode))
    : oneOf('error_code', errorCode.map(storable));
}

function hasText(q: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`id in (select onboarding_id from onboarding.search_texts where ${contains(q)})`;
}

/** Of a row of `search_texts`. Both sides are folded by the database, so that they agree on what lower case is. */
export function contains(part: string): RawBuilder<SqlBool> {
  const literal = storable(part).replace(/[\\%_]/g, '\\$&');
  return sql<SqlBool>`text like '%' || lower(${literal}::text) || '%'`;
}

/** `o.status in (…)` as literals: only those let the planner see that a partial index applies, in every kind of plan. */
export const isOpenRow = sql<boolean>`o.status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))})`;

export const DRAINED_REGIONS = sql`select region from onboarding.holds where kind = 'drain' and ended_at is null`;

/**
 * Whether the Region of the row `o` is being drained, as part of a statement that is made anyway: it is looked up once
 * for all rows, and is as true as the row itself, whatever other processes have heard of.
 */
export const isDraining = sql<boolean>`o.region = any (array(${DRAINED_REGIONS}))`;

export async function isRegionDraining(db: LedgerDatabase, region: string): Promise<boolean> {
  const { rows } = await sql<{
    draining: boolean;
  }>`select ${region}::text in (${DRAINED_REGIONS}) as draining`.execute(db);
  return rows[0]?.draining === true;
}

/**
 * Whether a row of onboardings (table `o`), walked live lane first and then by id, comes after another. `within` limits the
 * walk to one lane. Where no other lane follows, the condition lets the index begin at the row: a walk over a million rows
 * would otherwise start over for every batch.
 */
export function comesAfter(
  { lane, id }: { readonly lane: Lane; readonly id: string },
  within?: Lane,
): RawBuilder<boolean> {
  if (lane === 'bulk' || lane === within) return sql`(o.lane = ${lane} and o.id > ${id})`;
  return sql`(o.lane < ${lane} or (o.lane = ${lane} and o.id > ${id}))`;
}

/**
 * Whether a column holds one of these texts. One parameter, however many there are: the embedded database does not come
 * back from a statement whose expression tree has several hundred members.
 * @param column a name that the code wrote
 */
export function oneOf(column: string, texts: readonly string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.ref(column)} = any (${texts}::text[])`;
}
