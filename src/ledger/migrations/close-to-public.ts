import { sql } from 'kysely';
import type { LedgerDatabase } from '../database/database.ts';

/**
 * What has PostgreSQL's default rights still. Nothing that belongs to another role: an administrator's functions, or those
 * of an extension. Nothing whose rights were ever changed, such as a function that was granted to PUBLIC on purpose.
 */
const OPEN = `
  select 'function ' || oid::regprocedure as object from pg_catalog.pg_proc
  where pronamespace = 'onboarding'::regnamespace and proacl is null and pg_has_role(proowner, 'usage')
  union all
  select 'type ' || oid::regtype from pg_catalog.pg_type
  where typnamespace = 'onboarding'::regnamespace and typacl is null and pg_has_role(typowner, 'usage')
    and typtype in ('c', 'd', 'e', 'r')`;

/**
 * Takes from PUBLIC what PostgreSQL gives it with each new function and type. A role that may call `onboarding.accept`
 * has USAGE on the schema, so it could call the functions that run with their owner's rights. It could also make a
 * column of a table's row type, and no later migration could then alter that table.
 */
export async function closeToPublic(db: LedgerDatabase): Promise<void> {
  await sql
    .raw(
      `do $$
       declare
         open record;
       begin
         for open in ${OPEN} loop
           execute format('revoke all on %s from public', open.object);
         end loop;
       end $$`,
    )
    .execute(db);
}

/** False after migrations, and after a restore: pg_dump does not keep the rights of row types. */
export async function isClosedToPublic(db: LedgerDatabase): Promise<boolean> {
  const { rows } = await sql.raw<{ closed: boolean }>(`select not exists (${OPEN}) as closed`).execute(db);
  return rows[0]?.closed ?? false;
}
