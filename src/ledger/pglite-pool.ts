import type { PGlite } from '@electric-sql/pglite';
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';

/** Whatever may write names one of these, or calls a function of ours; a read that does is only refused with the writes. */
const WRITES = /\b(insert|update|delete|create|alter|drop|truncate)\b|\bonboarding\.\w+\(/i;

/**
 * PGlite as the pool that Kysely's Postgres dialect takes. PGlite is one session: were two callers let in at
 * once, the statements of one would run inside the other's transaction. So there is one client, lent to one
 * caller at a time, first come first served. `beforeWrite` may refuse a statement by throwing; reads go on.
 */
export function createPglitePool(
  pglite: Pick<PGlite, 'query' | 'close'>,
  beforeWrite: () => Promise<void> = () => Promise.resolve(),
): PostgresPool {
  let free: Promise<void> = Promise.resolve();
  return {
    async connect() {
      const before = free;
      let release = (): void => undefined;
      free = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      return lend(pglite, { beforeWrite, release });
    },
    async end() {
      await free;
      await pglite.close();
    },
  };
}

function lend(
  pglite: Pick<PGlite, 'query'>,
  { beforeWrite, release }: { beforeWrite: () => Promise<void>; release: () => void },
): PostgresPoolClient {
  const query = async (
    text: string,
    parameters: readonly unknown[],
  ): Promise<PostgresQueryResult<unknown>> => {
    if (WRITES.test(text)) await beforeWrite();
    const { command, rowCount, rows } = await pglite.query(text, [...parameters]);
    return { command: command as PostgresQueryResult<unknown>['command'], rowCount: rowCount ?? 0, rows };
  };
  return { query: query as PostgresPoolClient['query'], release };
}
