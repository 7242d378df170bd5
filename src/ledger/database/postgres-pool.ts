import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, TypeOverrides, type PoolClient } from 'pg';
import type { Log } from '../../ports.ts';
import { isLost, messageOf } from './unreachable.ts';
import { VALUE_PARSERS } from './values.ts';

export interface PostgresPoolOptions {
  /** postgres:// with anything that pg reads from it (sslmode, application_name, …); the URL wins over ours. */
  readonly url: string;
  readonly maxConnections: number;
  /** Bound on waiting for a connection, new or from the pool. */
  readonly connectWithinMs: number;
  /** Bound on one statement, kept by the server and by us (a frozen server keeps nothing); undefined: none. */
  readonly statementWithinMs?: number;
  /** Bound on the wait for one lock, that is for another transaction; undefined: none. */
  readonly lockWithinMs?: number;
  readonly log: Log;
}

/** A process that freezes inside a transaction holds its locks no longer than this. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/**
 * What values look like as text, and where names are looked up: a database or a role may have other defaults. Ours are
 * qualified, so that no schema of the caller's has to be searched.
 */
const SESSION_SETTINGS = [
  'TimeZone=UTC',
  'DateStyle=ISO',
  'IntervalStyle=postgres',
  'bytea_output=hex',
  'extra_float_digits=1',
  'search_path=public',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** The system's own is two hours. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * A `pg` pool as Kysely takes it. Two things are ours: a client that has lost its server, or did not answer in
 * time, is thrown away instead of going back to the pool, where the next caller would queue behind a statement
 * that never ends; and idle clients that die are logged instead of ending the process.
 */
export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  const { statementWithinMs, lockWithinMs } = options;
  const pool = new Pool({
    connectionString: options.url,
    application_name: 'eventbridge-partner-onboarding',
    options: SESSION_SETTINGS,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectWithinMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    types: valueTypes(),
    ...(statementWithinMs === undefined
      ? {}
      : {
          statement_timeout: statementWithinMs,
          query_timeout: statementWithinMs + 100,
        }),
    ...(lockWithinMs === undefined ? {} : { lock_timeout: lockWithinMs }),
  });
  pool.on('error', (error) => {
    options.log.warn({ error_message: messageOf(error) }, 'ledger.connection_lost');
  });
  // A server's last word can come in one piece with its first: before the borrower of the client listens.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    connect: async () => guarded(await pool.connect()),
    end: () => pool.end(),
  };
}

function guarded(client: PoolClient): PostgresPoolClient {
  let broken: Error | undefined;
  const lose = (error: Error): void => {
    broken ??= error;
  };
  // The pool listens to idle clients only; a lent one without a listener would end the process.
  client.on('error', lose);
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    // A rollback on a lost connection would only wait for its own timeout.
    if (broken !== undefined) throw broken;
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      if (error instanceof Error && isLost(error)) lose(error);
      throw error;
    }
  };
  const release = (): void => {
    client.off('error', lose);
    client.release(broken);
  };
  return { query: query as PostgresPoolClient['query'], release };
}

/** For this pool alone: pg's own table of types is shared with other users of pg in this process. */
function valueTypes(): TypeOverrides {
  const overrides = new TypeOverrides();
  for (const [oid, parse] of Object.entries(VALUE_PARSERS)) overrides.setTypeParser(Number(oid), parse);
  return overrides;
}
