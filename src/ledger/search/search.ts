/**
 * Free text in the list of onboardings. One plan cannot serve every text: reading the index of trigrams is quick for a
 * rare text and reads everything for a common one; reading the newest rows in turn is quick for a common text and reads
 * everything for a rare one; PostgreSQL guesses, and is wrong by a factor of a thousand when it is. So:
 *
 * 1. The newest few thousand rows are looked at. A common text fills its page with them.
 * 2. If it did not, and the text is not common by the table's statistics, the index is read, for a bounded time: a text
 *    that is rare may be made of common parts, such as "0000000", and then the index knows no better.
 * 3. Otherwise more rows are looked at, up to a bound, and the page ends there, full or not: its cursor continues.
 */
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { OnboardingFilter } from '../../domain/listing.ts';
import type { OnboardingId } from '../../domain/ids.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { contains } from '../onboardings/conditions.ts';
import { ONBOARDING_COLUMNS, type OnboardingRow } from '../onboardings/rows.ts';
import { storable } from '../database/values.ts';
import { isTextIndexed } from './text-index.ts';
import { rowsOf } from './rows-of.ts';

export interface TextSearch {
  readonly q: string;
  readonly filter: Omit<OnboardingFilter, 'q'>;
  /** Only ids before it. */
  readonly before: OnboardingId | undefined;
  readonly limit: number;
}

/** Newest first, at most `limit`. `lookedThrough`: there may be more after this id; undefined: that was all. */
export interface Found {
  readonly rows: readonly OnboardingRow[];
  readonly lookedThrough: OnboardingId | undefined;
}

/** In rows, if nothing else is said: a few milliseconds for the newest, some tens for the others (docs/performance.md). */
export const SEARCH_BOUNDS = {
  /** Looked at first. */
  newest: 5_000,
  /** Looked at for one page without the index. */
  atMost: 25_000,
  /** What reading the index may fetch. */
  common: 20_000,
  /** Reading the index may take so many milliseconds. */
  indexWithinMs: 60,
};

export type SearchBounds = Readonly<typeof SEARCH_BOUNDS>;

export async function search(
  db: LedgerDatabase,
  text: TextSearch,
  { newest, atMost, common, indexWithinMs }: SearchBounds,
): Promise<Found> {
  const indexable = HAS_TRIGRAM.test(text.q) && !ONE_LETTER.test(text.q) && (await isTextIndexed(db));
  if (!indexable) return lookThrough(db, text, atMost);
  const first = await lookThrough(db, text, newest);
  if (first.rows.length === text.limit || first.lookedThrough === undefined) return first;
  if ((await estimate(db, text.q)) > common) return lookThrough(db, text, atMost);
  const rows = await readIndex(db, text, indexWithinMs);
  return rows === undefined ? lookThrough(db, text, atMost) : { rows, lookedThrough: undefined };
}

/** Three letters or digits in a row, at least: what is shorter the index cannot tell from anything. */
const HAS_TRIGRAM = /[\p{L}\p{N}]{3}/u;

/** One trigram only, which says nothing of how many there are in a row. */
const ONE_LETTER = /^(.)\1{3,}$/u;

/** Looks at rows in the order of the list, no more than `most` of those that the other filters let through. */
async function lookThrough(db: LedgerDatabase, text: TextSearch, most: number): Promise<Found> {
  const last = await rowsOf(db, text)
    .select('id')
    .orderBy('id', 'desc')
    .offset(most - 1)
    .limit(1)
    .executeTakeFirst();
  const rows = await rowsOf(db, text)
    .select(ONBOARDING_COLUMNS)
    .where(isUnfiltered(text.filter) ? isFoundIn(text, last?.id) : holds(text.q))
    .$if(last !== undefined, (query) => query.where('id', '>=', last?.id ?? ''))
    .orderBy('id', 'desc')
    .limit(text.limit)
    .execute();
  return { rows, lookedThrough: last?.id as OnboardingId | undefined };
}

const isUnfiltered = (filter: TextSearch['filter']): boolean => Object.keys(filter).length === 0;

/** The texts are read in the order of the list by themselves: a quarter of what it takes to look each up. */
const isFoundIn = (
  { q, before, limit }: TextSearch,
  last: string | undefined,
): RawBuilder<SqlBool> => sql<SqlBool>`
  id in (select onboarding_id from onboarding.search_texts
    where ${holdsItself(q)}
      and ${before === undefined ? sql`true` : sql`onboarding_id < ${before}`}
      and ${last === undefined ? sql`true` : sql`onboarding_id >= ${last}`}
    order by onboarding_id desc limit ${limit})`;

/** Of an onboarding, whose text is looked up by itself: a join would let the planner read all texts first. */
const holds = (q: string): RawBuilder<SqlBool> => sql<SqlBool>`
  strpos((select text from onboarding.search_texts where onboarding_id = onboardings.id), ${folded(q)}) > 0`;

/** As `contains`, in a form that no index answers. */
const holdsItself = (q: string): RawBuilder<SqlBool> => sql<SqlBool>`strpos(text, ${folded(q)}) > 0`;

const folded = (q: string): RawBuilder<string> => sql<string>`lower(${storable(q)}::text)`;

/** How many rows hold the text by PostgreSQL's statistics; it is right about what is common. */
async function estimate(db: LedgerDatabase, q: string): Promise<number> {
  const { rows } = await sql<{ 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] }>`
    explain (format json) select from onboarding.search_texts where ${contains(q)}`.execute(db);
  return rows[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
}

/**
 * The ids are taken first and by themselves, so that the planner does not read in the list's order, and each is
 * looked up then. Undefined when it took too long.
 */
async function readIndex(
  db: LedgerDatabase,
  text: TextSearch,
  withinMs: number,
): Promise<readonly OnboardingRow[] | undefined> {
  try {
    return await db.transaction().execute(async (transaction) => {
      await sql`set local statement_timeout = ${sql.lit(withinMs)}`.execute(transaction);
      await sql`set local enable_hashjoin = off`.execute(transaction);
      await sql`set local enable_mergejoin = off`.execute(transaction);
      return transaction
        .with(
          (cte) => cte('hits').materialized(),
          (cte) =>
            cte
              .selectFrom('search_texts')
              .select('onboarding_id as id')
              .where(contains(tellingPart(text.q)))
              .where(holdsItself(text.q)),
        )
        .with(
          (cte) => cte('matches').materialized(),
          () =>
            rowsOf(transaction, text)
              .select('id')
              .where(sql<SqlBool>`id in (select id from hits)`),
        )
        .selectFrom('onboardings')
        .select(ONBOARDING_COLUMNS)
        .where('id', 'in', (eb) =>
          eb.selectFrom('matches').select('id').orderBy('id', 'desc').limit(text.limit),
        )
        .orderBy('id', 'desc')
        .execute();
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === STATEMENT_CANCELLED) return undefined;
    throw error;
  }
}

const STATEMENT_CANCELLED = '57014';

/**
 * A long number tells a name from the others better than the whole name does: every trigram that all names share is one
 * more list to compare.
 */
function tellingPart(q: string): string {
  const numbers = q.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= 5 && /\p{N}/u.test(word));
  return numbers.sort((a, b) => b.length - a.length)[0] ?? q;
}
