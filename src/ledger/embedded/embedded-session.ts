import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { setTimeout as delay } from 'node:timers/promises';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { Log } from '../../ports.ts';
import { messageOf } from '../database/unreachable.ts';
import type { DatabaseThread } from './database-thread.ts';

/** A statement with one of these words, or with a call of one of our functions, may write. */
const WRITES = /\b(insert|update|delete|create|alter|drop|truncate)\b|\bonboarding\.\w+\(/i;

export interface SessionOptions {
  /** Starts a thread on the folder. The one before has ended. */
  readonly start: () => Promise<DatabaseThread>;
  /** Refuses a write by throwing; reads go on. */
  readonly beforeWrite: () => Promise<void>;
  readonly log: Log;
}

export interface SessionBounds {
  /** How long a caller waits for its turn, in milliseconds. */
  readonly turnWithinMs: number;
  /** How long one statement may take, in milliseconds, before the thread counts as stuck. */
  readonly statementWithinMs: number;
}

export interface EmbeddedSession {
  /** The session as the pool that Kysely's Postgres dialect takes. Ending any of the pools closes the session. */
  pool(bounds: SessionBounds): PostgresPool;
}

/** A caller who has the turn when the session closes gets this long to finish. */
const LAST_CALLER_WITHIN_MS = 2_000;
const RESTART_AFTER_MS = 1_000;

/**
 * PGlite is one session, so its client is lent to one caller at a time, first come, first served: statements of two callers
 * would share a transaction. A thread that has ended is replaced for the next caller.
 */
export function createEmbeddedSession({ start, beforeWrite, log }: SessionOptions): EmbeddedSession {
  const line = createWaitingLine();
  let thread: DatabaseThread | undefined;
  let failed: { readonly at: number; readonly error: unknown } | undefined;
  let closing: Promise<void> | undefined;
  let isClosed = false;

  const liveThread = async (): Promise<DatabaseThread> => {
    if (isClosed) throw closedError();
    if (thread?.isAlive() === true) return thread;
    if (failed !== undefined && performance.now() - failed.at < RESTART_AFTER_MS) throw failed.error;
    const isRestart = thread !== undefined || failed !== undefined;
    try {
      thread = await start();
      failed = undefined;
      if (isRestart) log.warn({}, 'ledger.thread_restarted');
      return thread;
    } catch (error) {
      failed = { at: performance.now(), error };
      log.error({ error_message: messageOf(error) }, 'ledger.thread_not_started');
      throw error;
    }
  };

  const connect = async ({ turnWithinMs, statementWithinMs }: SessionBounds): Promise<PostgresPoolClient> => {
    if (closing !== undefined) throw closedError();
    const release = await line.turn(turnWithinMs);
    try {
      return lend(await liveThread(), { beforeWrite, release, statementWithinMs, log });
    } catch (error) {
      release();
      throw error;
    }
  };

  const close = async (): Promise<void> => {
    await Promise.race([line.turn(Infinity), delay(LAST_CALLER_WITHIN_MS, undefined, { ref: false })]);
    isClosed = true;
    await thread?.close();
  };

  return {
    pool: (bounds) => ({
      connect: () => connect(bounds),
      end: () => (closing ??= close()),
    }),
  };
}

const closedError = (): LedgerUnavailableError =>
  new LedgerUnavailableError('The embedded ledger is closed.');

interface Loan extends Pick<SessionOptions, 'beforeWrite' | 'log'>, Pick<SessionBounds, 'statementWithinMs'> {
  readonly release: () => void;
}

function lend(
  thread: DatabaseThread,
  { beforeWrite, release, statementWithinMs, log }: Loan,
): PostgresPoolClient {
  let lost: LedgerUnavailableError | undefined;
  const query = async (
    text: string,
    parameters: readonly unknown[],
  ): Promise<PostgresQueryResult<unknown>> => {
    // The transaction ended with the thread: a rollback has nothing left to do, a further statement no place in it.
    if (lost !== undefined) throw lost;
    if (WRITES.test(text)) await beforeWrite();
    try {
      const { command, rowCount, rows } = await thread.query(text, parameters, statementWithinMs);
      return { command: command as PostgresQueryResult<unknown>['command'], rowCount, rows };
    } catch (error) {
      if (error instanceof LedgerUnavailableError) {
        lost = error;
        log.error({ error_message: error.message }, 'ledger.thread_ended');
      }
      throw error;
    }
  };
  return { query: query as PostgresPoolClient['query'], release };
}

/** Lets one caller in at a time, first come, first served. */
export interface WaitingLine {
  /**
   * Resolves with what ends the turn, to be called once.
   * Rejects with LedgerUnavailableError when the turn has not come within `withinMs`: a caller that was answered "not
   * now" must not have its statement run later.
   */
  turn(withinMs: number): Promise<() => void>;
}

function createWaitingLine(): WaitingLine {
  const waiting: (() => void)[] = [];
  let taken = false;
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken = false;
    else next();
  };
  return {
    turn(withinMs) {
      if (!taken) {
        taken = true;
        return Promise.resolve(release);
      }
      return new Promise((resolve, reject) => {
        const enter = (): void => {
          clearTimeout(timer);
          resolve(release);
        };
        const giveUp = (): void => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(
            new LedgerUnavailableError(
              `The embedded ledger is busy: the call could not start within ${withinMs} ms.`,
            ),
          );
        };
        const timer = Number.isFinite(withinMs) ? setTimeout(giveUp, withinMs) : undefined;
        waiting.push(enter);
      });
    },
  };
}
