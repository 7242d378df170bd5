import type { Clock, Log } from '../../ports.ts';
import { cureFor, LedgerRefusedError } from '../database/refused.ts';
import { isUnreachable, messageOf } from '../database/unreachable.ts';

const RETRY_AFTER_MS = 1_000;
/** One try in so many is logged, the first one included. */
const LOGGED_EVERY = 30;

/**
 * Runs the first call to the database again and again while there is none: a service and its database often
 * start together. Ends with the signal's reason when that aborts, and at once with a LedgerRefusedError
 * when waiting does not help. @param variable names the address
 */
export async function waitForDatabase<T>(
  call: () => Promise<T>,
  {
    variable,
    clock,
    log,
    signal,
  }: { variable: string; clock: Pick<Clock, 'sleep'>; log: Log; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    signal?.throwIfAborted();
    try {
      return await abortable(call(), signal);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const cure = cureFor(error, variable);
      if (cure !== undefined) {
        const why = messageOf(error).replace(/[.]$/, '');
        throw new LedgerRefusedError(`The database rejects the connection: ${why}. ${cure}`, {
          cause: error,
        });
      }
      if (!isUnreachable(error)) throw error;
      if (tries % LOGGED_EVERY === 0) {
        log.warn(
          { error_message: messageOf(error), retry_after_ms: RETRY_AFTER_MS },
          'ledger.waiting_for_database',
        );
      }
      await clock.sleep(RETRY_AFTER_MS, signal);
    }
  }
}

/** A statement cannot be withdrawn, but callers need not wait for it. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
