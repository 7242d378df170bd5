/**
 * PostgreSQL behind a pooler that lends a server connection for one transaction (PgBouncer's `pool_mode = transaction`). It
 * refuses start-up parameters that it does not know (pgbouncer.org/config, `ignore_startup_parameters`), and a session's
 * settings are lost, or meet another client. So there every statement runs in a transaction that brings its settings along.
 */
import { Client } from 'pg';
import type { PostgresPoolClient } from 'kysely';

/** `session`: a connection is one session at the server. `transaction`: each transaction may be in another. */
export type Pooling = 'session' | 'transaction';

/** Any name with a dot is allowed as a setting of its own. */
const MARK = 'onboarding.session';

/** Asks once: whether a setting made when connecting is refused, ignored, or there. Throws as pg does. */
export async function findPooling(url: string, { withinMs }: { withinMs: number }): Promise<Pooling> {
  const client = new Client({
    connectionString: url,
    application_name: 'eventbridge-partner-onboarding',
    options: `-c ${MARK}=1`,
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ mark: string | null }>(
      `select current_setting('${MARK}', true) as mark`,
    );
    return rows[0]?.mark === '1' ? 'session' : 'transaction';
  } catch (error) {
    if (isParameterRefused(error)) return 'transaction';
    throw error;
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** 08P01, protocol_violation: PgBouncer's answer to a start-up parameter that it does not forward. */
const isParameterRefused = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === '08P01' &&
  /unsupported startup parameter/i.test(error.message);

const BEGINS = /^\s*(begin|start transaction)\b/i;
const ENDS = /^\s*(commit|rollback)\s*;?\s*$/i;

/** A client whose every transaction makes the settings its own first; a statement outside of one gets one. */
export function inTransactions(
  client: PostgresPoolClient,
  settings: readonly (readonly [string, string])[],
): PostgresPoolClient {
  const locals = settings.map(([name, value]) => `set local ${name} = '${value}'`).join('; ');
  let isInside = false;
  const send = async (text: string, parameters: readonly unknown[]): Promise<unknown> =>
    client.query(text, parameters);
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    if (BEGINS.test(text)) {
      const begun = await send(`${text}; ${locals}`, []);
      isInside = true;
      return begun;
    }
    if (ENDS.test(text)) isInside = false;
    if (isInside || ENDS.test(text)) return send(text, parameters);
    await send(`begin; ${locals}`, []);
    try {
      const answer = await send(text, parameters);
      await send('commit', []);
      return answer;
    } catch (error) {
      await send('rollback', []).catch(() => undefined);
      throw error;
    }
  };
  return { query: query as PostgresPoolClient['query'], release: () => client.release() };
}
