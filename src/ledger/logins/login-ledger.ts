import type { LoginLedger } from '../../ports/login-ledger.ts';
import type { LedgerDatabase } from '../database.ts';

/** The port over an open database; `bounded` keeps every call within its time. */
export function createLoginLedger(
  db: LedgerDatabase,
  { bounded }: { bounded: <T>(call: () => Promise<T>) => Promise<T> },
): LoginLedger {
  return {
    revokeLogin: ({ id, expiresAt, at }) =>
      bounded(async () => {
        await db.deleteFrom('revoked_logins').where('expires_at', '<', at).execute();
        await db
          .insertInto('revoked_logins')
          .values({ id, expires_at: expiresAt })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),
    revokedLogins: (at) =>
      bounded(async () => {
        const rows = await db
          .selectFrom('revoked_logins')
          .select('id')
          .where('expires_at', '>=', at)
          .execute();
        return rows.map(({ id }) => id);
      }),
  };
}
