import { Query } from 'pg';

/**
 * `kept`: a connection has one session of the server for itself, which takes its settings when it begins. `shared`: a
 * transaction pooler such as PgBouncer lends a session for one transaction, so that settings are made in each.
 */
export type Sessions = 'kept' | 'shared';

export interface SessionBounds {
  /** Of one statement; undefined: none, whatever the role or the database has. */
  readonly statementWithinMs?: number | undefined;
  /** Of the wait for one lock; undefined: none. */
  readonly lockWithinMs?: number | undefined;
}

/** A process that freezes inside a transaction holds its locks no longer than this. */
const IDLE_IN_TRANSACTION_MS = 5_000;

/** Seen by {@link inspectSessions}: poolers that drop start-up options drop this one too. */
export const MARK = 'onboarding.session';

/**
 * What values look like as text, where names are looked up, and for how long: a database or a role may have other
 * defaults. Our names are qualified, so that no schema of the caller's has to be searched.
 */
const settingsOf = ({ statementWithinMs = 0, lockWithinMs = 0 }: SessionBounds) => ({
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  search_path: 'public',
  statement_timeout: String(statementWithinMs),
  lock_timeout: String(lockWithinMs),
  idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
});

/** The start-up option `options`. @param given what the URL has of them, which wins */
export function startupOptions(bounds: SessionBounds, given: string): string {
  const all = { ...settingsOf(bounds), [MARK]: 'kept' };
  return [...Object.entries(all).map(([name, value]) => `-c ${name}=${value}`), given].join(' ').trim();
}

/** One statement that makes the settings for the transaction in which it runs. */
export function settingStatement(bounds: SessionBounds): string {
  const calls = Object.entries(settingsOf(bounds)).map(
    ([name, value]) => `set_config('${name}', '${value}', true)`,
  );
  return `select ${calls.join(', ')}`;
}

/** What `pg` has and its types leave out. */
interface Wire {
  parse(message: { text: string }): void;
  bind(message: object): void;
  execute(message: object): void;
}

interface WireQuery {
  prepare(connection: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Wire): void;
}

type Callback = (error: Error | null | undefined, result: unknown) => void;

const PreparedQuery = Query as unknown as new (
  config: { text: string; values: readonly unknown[]; queryMode: 'extended' },
  values: undefined,
  callback: Callback,
) => WireQuery;

/**
 * A statement with the settings before it, in one round trip: what is sent before one Sync is one transaction, so that
 * a pooler lends one session for both. The answer to the first is dropped.
 */
export class SettledQuery extends PreparedQuery {
  readonly #settings: string;
  #isSettled = false;

  constructor(
    settings: string,
    { text, values }: { text: string; values: readonly unknown[] },
    callback: Callback,
  ) {
    super({ text, values, queryMode: 'extended' }, undefined, callback);
    this.#settings = settings;
  }

  override prepare(connection: Wire): void {
    connection.parse({ text: this.#settings });
    connection.bind({});
    connection.execute({});
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.#isSettled) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Wire): void {
    if (this.#isSettled) super.handleCommandComplete(message, connection);
    this.#isSettled = true;
  }
}
