import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, TypeOverrides, type PoolClient, type Submittable } from 'pg';
import type { Log } from '../../ports.ts';
import { isLost, messageOf } from './unreachable.ts';
import { settingStatement, SettledQuery, startupOptions, type Sessions } from './session-settings.ts';
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
  /** `shared` makes the settings of every transaction in itself, as a transaction pooler needs; default `kept`. */
  readonly sessions?: Sessions;
  /** What the server's lists of sessions show; default `onboard`. */
  readonly name?: string | undefined;
  readonly log: Log;
}

/** The system's own is two hours. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * A `pg` pool as Kysely takes it. Two things are ours: a client that has lost its server, or did not answer in
 * time, is thrown away instead of going back to the pool, where the next caller would queue behind a statement
 * that never ends; and idle clients that die are logged instead of ending the process.
 */
export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  const { statementWithinMs, sessions = 'kept', name = 'onboard' } = options;
  const { url, given } = withoutOptions(options.url);
  const pool = new Pool({
    connectionString: url,
    application_name: name,
    ...(sessions === 'kept' ? { options: startupOptions(options, given) } : {}),
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectWithinMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types: valueTypes(),
    ...(statementWithinMs === undefined ? {} : { query_timeout: statementWithinMs + 100 }),
  });
  pool.on('error', (error) => {
    options.log.warn({ error_message: messageOf(error) }, 'ledger.connection_lost');
  });
  // A server's last word can come in one piece with its first: before the borrower of the client listens.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const ask = sessions === 'kept' ? plainly : settledBy(settingStatement(options));
  return {
    connect: async () => guarded(await pool.connect(), ask),
    end: () => pool.end(),
  };
}

type Ask = (client: PoolClient, text: string, parameters: readonly unknown[]) => Promise<unknown>;

const plainly: Ask = (client, text, parameters) => client.query(text, [...parameters]);

/** Makes the settings in every transaction: with its `begin`, or with the one statement that it is. */
function settledBy(settings: string): Ask {
  const inTransaction = new WeakSet<PoolClient>();
  return async (client, text, parameters) => {
    if (/^(begin|start transaction)\b/i.test(text)) {
      inTransaction.add(client);
      await client.query(`${text}; ${settings}`);
      return { command: 'BEGIN', rowCount: null, rows: [] };
    }
    if (/^(commit|rollback)$/i.test(text)) inTransaction.delete(client);
    else if (!inTransaction.has(client)) {
      return new Promise((resolve, reject) => {
        const settle = (error: Error | null | undefined, result: unknown): void =>
          error == null ? resolve(result) : reject(error);
        client.query(
          new SettledQuery(settings, { text, values: [...parameters] }, settle) as unknown as Submittable,
        );
      });
    }
    return plainly(client, text, parameters);
  };
}

/** `pg` lets the options of a URL replace ours as a whole; they are to be added. */
function withoutOptions(address: string): { url: string; given: string } {
  if (!URL.canParse(address)) return { url: address, given: '' };
  const url = new URL(address);
  const given = url.searchParams.get('options') ?? '';
  if (given === '') return { url: address, given };
  url.searchParams.delete('options');
  return { url: url.href, given };
}

function guarded(client: PoolClient, ask: Ask): PostgresPoolClient {
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
      return await ask(client, text, parameters);
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
