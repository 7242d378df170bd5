import { sql, type RawBuilder } from 'kysely';
import type { Log } from '../../ports.ts';
import { SCHEMA, type LedgerDatabase } from '../database/database.ts';
import { messageOf } from '../database/unreachable.ts';

/**
 * The index for free text: trigrams of `search_texts.text`, by PostgreSQL's own extension pg_trgm. It lies outside of the
 * migrations, because an administrator may refuse the extension, and the service has to run without it: a search then
 * looks at a bounded number of rows at a time.
 */
const INDEX = 'search_texts_by_trigram';

/**
 * The extension's own schema. In the schema `onboarding` every role that may call `onboarding.accept` could call the
 * extension's functions as well: PostgreSQL lets PUBLIC execute them, and they belong to a superuser, so that the
 * service cannot revoke that.
 */
const EXTENSION_SCHEMA = 'onboarding_extensions';

/** One builds, the others go on without waiting: `onboards` in ASCII. */
const BUILD_LOCK = '8029475497974491251';

/**
 * Makes extension and index where they are missing. Never throws for what a database refuses: it is said in the log,
 * once for each start. `concurrently`: writers go on meanwhile, for which `db` must be one connection outside of a
 * transaction.
 */
export async function makeTextIndex(
  db: LedgerDatabase,
  { log, concurrently }: { log: Log; concurrently: boolean },
): Promise<void> {
  try {
    if (await isTextIndexDone(db)) return;
    if ((await schemaOfExtension(db)) === SCHEMA) log.warn({}, 'ledger.extension_not_moved');
    if (concurrently) await makeInSession(db);
    else await db.transaction().execute(makeInTransaction);
  } catch (error) {
    log.warn({ error_message: messageOf(error) }, 'ledger.search_not_indexed');
  }
}

/** Whether a search can use the index: it is there, and complete. */
export async function isTextIndexed(db: LedgerDatabase): Promise<boolean> {
  const { rows } = await sql<{ valid: boolean }>`
    select indisvalid as valid from pg_catalog.pg_index
    where indexrelid = to_regclass(${`${SCHEMA}.${INDEX}`})`.execute(db);
  return rows[0]?.valid ?? false;
}

/** Whether {@link makeTextIndex} has nothing to do. */
export async function isTextIndexDone(db: LedgerDatabase): Promise<boolean> {
  return (await isTextIndexed(db)) && (await schemaOfExtension(db)) !== SCHEMA;
}

async function makeInSession(db: LedgerDatabase): Promise<void> {
  const { rows } = await sql<{ got: boolean }>`
    select pg_try_advisory_lock(${sql.lit(BUILD_LOCK)}::bigint) as got`.execute(db);
  if (rows[0]?.got !== true) return;
  try {
    if (await isTextIndexed(db)) return;
    // Into a schema of our own, unless the database has it already: nothing appears in a part that is not ours.
    if ((await schemaOfExtension(db)) === undefined) await db.transaction().execute(createExtension);
    await build(db, sql.raw('concurrently'));
  } finally {
    await sql`select pg_advisory_unlock(${sql.lit(BUILD_LOCK)}::bigint)`.execute(db);
  }
}

async function makeInTransaction(transaction: LedgerDatabase): Promise<void> {
  const { rows } = await sql<{ got: boolean }>`
    select pg_try_advisory_xact_lock(${sql.lit(BUILD_LOCK)}::bigint) as got`.execute(transaction);
  if (rows[0]?.got !== true || (await isTextIndexed(transaction))) return;
  if ((await schemaOfExtension(transaction)) === undefined) await createExtension(transaction);
  await build(transaction, sql.raw(''));
}

async function build(db: LedgerDatabase, way: RawBuilder<unknown>): Promise<void> {
  const schema = await schemaOfExtension(db);
  if (schema === undefined) throw new Error('The extension pg_trgm is not there.');
  // One that was left half built by a crash serves no read and costs every write.
  await sql`drop index ${way} if exists onboarding.${sql.id(INDEX)}`.execute(db);
  // What waits to be merged is read by every search and merged by one unlucky writer: a small heap is a short wait.
  await sql`create index ${way} ${sql.id(INDEX)} on onboarding.search_texts
    using gin (text ${sql.id(schema)}.gin_trgm_ops) with (gin_pending_list_limit = 1024)`.execute(db);
}

/** A schema that an administrator has made for us is used as it is, as in migrate.ts. */
async function createExtension(db: LedgerDatabase): Promise<void> {
  const { rows } = await sql`select from pg_catalog.pg_namespace where nspname = ${EXTENSION_SCHEMA}`.execute(
    db,
  );
  if (rows.length === 0) await sql`create schema ${sql.id(EXTENSION_SCHEMA)}`.execute(db);
  await sql`create extension if not exists pg_trgm schema ${sql.id(EXTENSION_SCHEMA)}`.execute(db);
}

async function schemaOfExtension(db: LedgerDatabase): Promise<string | undefined> {
  const { rows } = await sql<{ schema: string }>`
    select n.nspname as schema from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_trgm'`.execute(db);
  return rows[0]?.schema;
}
