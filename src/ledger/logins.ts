import type { LedgerDatabase } from './database/database.ts';

/** Ends a login before its time, and forgets those whose time is over. @param login instants as ISO 8601 */
export async function revokeLogin(
  db: LedgerDatabase,
  { id, expiresAt, at }: { id: string; expiresAt: string; at: string },
): Promise<void> {
  await db.deleteFrom('revoked_logins').where('expires_at', '<', at).execute();
  await db
    .insertInto('revoked_logins')
    .values({ id, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The ids of those that would still be good at an instant. */
export async function revokedLogins(db: LedgerDatabase, at: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('revoked_logins').select('id').where('expires_at', '>=', at).execute();
  return rows.map(({ id }) => id);
}
