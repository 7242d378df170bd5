/**
 * The ledger: the SQL system of record, on Postgres or on PGlite, embedded in a thread of this process. One dialect
 * serves both; what differs is the pool below it. Opened by compose.ts alone, used through the Ledger port.
 *
 * - Everything lies in the schema `onboarding`; the database around it may be the caller's own.
 * - A write is one statement or one transaction: it is there as a whole or not at all.
 * - Writes to an onboarding are fenced by its id, replay number and the statuses that the state machine allows.
 * - Rows are locked in the order of their ids (names, for inserts), so that no two calls wait in a circle.
 * - A ledger is stamped with AWS_MODE and PARTNER_NAME when it is made, and is refused to any other.
 */
import type { Clock, Log } from '../ports.ts';
import { bringUpToDate } from './migrations/bring-up-to-date.ts';
import { openDatabase } from './database/database.ts';
import type { FreeBytes } from './embedded/embedded-database.ts';
import type { Receivers } from './deliveries/receivers.ts';
import { createLedger, type OpenLedger } from './ledger.ts';
import { migrate } from './migrations/migrate.ts';
import { inspectServer } from './database/inspect-server.ts';
import { openNotificationsListener } from './database/notifications-listener.ts';
import { createPostgresPool } from './database/postgres-pool.ts';
import { LedgerRefusedError } from './database/refused.ts';
import type { Sessions } from './database/session-settings.ts';
import { makeTextIndex } from './search/text-index.ts';
import type { StampRequest } from './migrations/stamp.ts';
import { waitForDatabase } from './migrations/wait-for-database.ts';

/**
 * `dir` is PGlite's own folder; its caller holds a lock on it for as long as the ledger is open. `freeBytes` asks
 * the operating system, unless a test stands in for the disk.
 */
export type LedgerLocation =
  | {
      readonly kind: 'postgres';
      readonly url: string;
      /** Of the same database without a pooler, for migrations and LISTEN. */
      readonly directUrl?: string | undefined;
      readonly maxConnections?: number;
    }
  | { readonly kind: 'embedded'; readonly dir: string; readonly freeBytes?: FreeBytes };

export interface LedgerOptions extends StampRequest {
  readonly clock: Clock;
  readonly log: Log;
  readonly receivers?: Receivers | undefined;
  /** What the server's lists of sessions show. */
  readonly name?: string | undefined;
  /** Ends the wait for a database that is not there. */
  readonly signal?: AbortSignal;
}

/** A request that meets a dead database is answered 503 within 2 s, with some time left for the way out. */
const ANSWER_WITHIN_MS = 1_700;
const CONNECT_WITHIN_MS = 1_500;
const STATEMENT_WITHIN_MS = 1_500;
const MAX_CONNECTIONS = 10;
/**
 * A caller of `onboarding.accept` holds the name until the transaction ends. Single intakes that meet one wait this
 * long for it, on connections of their own, since the others in their group wait with them.
 */
const NAME_WITHIN_MS = 250;
const INTAKE_CONNECTIONS = 4;
/**
 * Of the embedded ledger. Its callers wait for one another, so an answer takes longer under load; a statement that takes
 * longer than these bounds never ends, as far as anyone can tell, and costs a restart of the database's thread.
 */
const EMBEDDED_BOUNDS = { turnWithinMs: 8_000, statementWithinMs: 15_000 };
const EMBEDDED_ANSWER_WITHIN_MS = 10_000;
/** Of a statement that concerns a whole set: a million members are written within some ten seconds. */
const PATIENCE_MS = 120_000;
const PATIENT_CONNECTIONS = 2;

/**
 * Opens the ledger, waiting for Postgres if need be, and brings its schema up to date.
 * Throws LedgerStampMismatchError, LedgerTooNewError, LedgerTooOldError, or LedgerRefusedError when the database refuses us.
 */
export async function openLedger(location: LedgerLocation, options: LedgerOptions): Promise<OpenLedger> {
  switch (location.kind) {
    case 'postgres':
      return openPostgres(location, options);
    case 'embedded':
      return openEmbedded(location, options);
  }
}

async function openPostgres(
  { url, directUrl, maxConnections = MAX_CONNECTIONS }: Extract<LedgerLocation, { kind: 'postgres' }>,
  options: LedgerOptions,
): Promise<OpenLedger> {
  const { log, clock, receivers, name } = options;
  const sessionsOf = async (address: string, variable: string): Promise<Sessions> =>
    waitForDatabase(() => inspectServer(address, { variable, log }), { ...options, variable });
  const sessions = await sessionsOf(url, 'DATABASE_URL');
  const direct =
    directUrl === undefined
      ? { url, sessions, variable: 'DATABASE_URL' }
      : {
          url: directUrl,
          sessions: await sessionsOf(directUrl, 'DATABASE_DIRECT_URL'),
          variable: 'DATABASE_DIRECT_URL',
        };
  if (directUrl !== undefined && direct.sessions === 'shared') {
    throw new LedgerRefusedError(
      'DATABASE_DIRECT_URL leads to a pooler. Name the PostgreSQL server itself, or unset the variable.',
    );
  }
  if (direct.sessions === 'shared') log.warn({}, 'ledger.behind_a_pooler');
  const stamp = await waitForDatabase(
    () => bringUpToDate(direct.url, { ...options, sessions: direct.sessions }),
    { ...options, variable: direct.variable },
  );
  const bounds = {
    url,
    sessions,
    name,
    connectWithinMs: CONNECT_WITHIN_MS,
    statementWithinMs: STATEMENT_WITHIN_MS,
    log,
  };
  const pool = createPostgresPool({ ...bounds, maxConnections });
  const intakePool = createPostgresPool({
    ...bounds,
    maxConnections: Math.min(INTAKE_CONNECTIONS, maxConnections),
    lockWithinMs: NAME_WITHIN_MS,
  });
  const patientPool = createPostgresPool({
    ...bounds,
    statementWithinMs: PATIENCE_MS,
    maxConnections: PATIENT_CONNECTIONS,
  });
  return createLedger(openDatabase(pool), {
    ...stamp,
    clock,
    log,
    receivers,
    patient: openDatabase(patientPool),
    answerWithinMs: ANSWER_WITHIN_MS,
    // No notification passes a pooler: there, polling alone finds what others commit.
    listener:
      direct.sessions === 'kept' ? openNotificationsListener({ url: direct.url, name, log }) : undefined,
    intake: { db: openDatabase(intakePool), heldUpAtOnce: INTAKE_CONNECTIONS - 1 },
  });
}

async function openEmbedded(
  { dir, freeBytes }: Extract<LedgerLocation, { kind: 'embedded' }>,
  options: LedgerOptions,
): Promise<OpenLedger> {
  const { clock, log, receivers } = options;
  // Loaded here: a service on Postgres needs none of it.
  const { openEmbeddedDatabase } = await import('./embedded/embedded-database.ts');
  const session = await openEmbeddedDatabase(dir, { log, freeBytes });
  // Migrations and index builds take as long as the ledger is large.
  const unbounded = openDatabase(session.pool({ turnWithinMs: Infinity, statementWithinMs: Infinity }));
  try {
    const stamp = await migrate(unbounded, { ...options, dir });
    await makeTextIndex(unbounded, { log, concurrently: false });
    const patient = { turnWithinMs: PATIENCE_MS, statementWithinMs: PATIENCE_MS };
    return createLedger(openDatabase(session.pool(EMBEDDED_BOUNDS)), {
      ...stamp,
      clock,
      log,
      receivers,
      patient: openDatabase(session.pool(patient)),
      answerWithinMs: EMBEDDED_ANSWER_WITHIN_MS,
      embedded: true,
    });
  } catch (error) {
    await unbounded.destroy();
    throw error;
  }
}
