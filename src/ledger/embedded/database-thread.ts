import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import { messageOf } from '../database/unreachable.ts';
import type { QueryResult, ThreadData, ThreadReply, ThreadRequest } from './thread-messages.ts';

/** One life of the thread that PGlite runs in. Takes one request at a time. */
export interface DatabaseThread {
  readonly isAlive: () => boolean;
  /**
   * Rejects with the database's error, or with LedgerUnavailableError when the thread ends or does not answer within
   * `withinMs`; it is killed then, and the statement's transaction with it.
   */
  query(text: string, parameters: readonly unknown[], withinMs: number): Promise<QueryResult>;
  /** Closes the database in good order, or kills the thread if that takes longer than a few seconds. */
  close(): Promise<void>;
}

/** A new database takes seconds, crash recovery of a large one too; a slow machine is given ten times that. */
const OPEN_WITHIN_MS = 120_000;
/** Below STOP_DEADLINE_MS, which ends the process; a kill loses nothing that was committed. */
const CLOSE_WITHIN_MS = 4_000;

/**
 * Starts the thread on a folder of which it is the only user. Resolves when the database is open.
 * Throws LedgerUnavailableError when it cannot be opened.
 */
export async function startDatabaseThread(dir: string): Promise<DatabaseThread> {
  // A compiled caller starts the compiled program, TypeScript starts TypeScript.
  const program = new URL(`thread-program${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(program, { workerData: { dir } satisfies ThreadData });
  const ended = endOf(worker);
  let alive = true;
  let lost: LedgerUnavailableError | undefined;
  let fail: ((error: LedgerUnavailableError) => void) | undefined;
  // Once for the thread: each reaction of its own would keep the reply that it belongs to for as long as the thread lives.
  void ended.then((error) => {
    alive = false;
    lost = error;
    fail?.(error);
  });

  /** The next reply. Only one request is under way at a time, so it is the one that is waited for. */
  const reply = async (what: string, withinMs: number): Promise<ThreadReply> => {
    let timer: NodeJS.Timeout | undefined;
    let take: ((message: ThreadReply) => void) | undefined;
    try {
      return await new Promise<ThreadReply>((resolve, reject) => {
        take = resolve;
        worker.once('message', take);
        fail = reject;
        if (lost !== undefined) reject(lost);
        if (Number.isFinite(withinMs))
          timer = setTimeout(() => reject(unavailable(`did not ${what} within ${withinMs} ms`)), withinMs);
      });
    } catch (error) {
      alive = false;
      await worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
      fail = undefined;
      if (take !== undefined) worker.off('message', take);
    }
  };
  const ask = (request: ThreadRequest, what: string, withinMs: number): Promise<ThreadReply> => {
    worker.postMessage(request);
    return reply(what, withinMs);
  };

  await reply('open', OPEN_WITHIN_MS);
  return {
    isAlive: () => alive,
    async query(text, parameters, withinMs) {
      const answer = await ask({ kind: 'query', text, parameters }, 'respond to a statement', withinMs);
      return resultOf(answer);
    },
    async close() {
      if (!alive) return;
      alive = false;
      await ask({ kind: 'close' }, 'close', CLOSE_WITHIN_MS).catch(() => undefined);
      await ended;
    },
  };
}

function resultOf(answer: ThreadReply): QueryResult {
  switch (answer.kind) {
    case 'result':
      return answer.result;
    case 'failed':
      // As pg gives it: PostgreSQL's message with its SQLSTATE.
      throw Object.assign(new Error(answer.message), { code: answer.code });
    case 'opened':
    case 'closed':
      throw new Error(`The database thread answered a statement with "${answer.kind}".`);
  }
}

const endOf = (worker: Worker): Promise<LedgerUnavailableError> =>
  new Promise((resolve) => {
    worker.once('error', (error) => resolve(unavailable(`ended: ${messageOf(error)}`)));
    worker.once('exit', () => resolve(unavailable('ended')));
  });

const unavailable = (what: string): LedgerUnavailableError =>
  new LedgerUnavailableError(`The embedded ledger's thread ${what}. It is being restarted.`);
