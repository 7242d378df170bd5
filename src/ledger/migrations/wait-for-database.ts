import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { Clock, Log } from '../../ports.ts';
import { isRefused, isUnreachable, messageOf } from '../database/unreachable.ts';

const RETRY_AFTER_MS = 1_000;
/** One try in so many is logged, the first one included. */
const LOGGED_EVERY = 30;

/**
 * Runs the first call to the database again and again while there is none: a service and its database often
 * start together. Ends with the signal's reason when that aborts, and at once when the database answers that it
 * will not have us.
 */
export async function waitForDatabase<T>(
  call: () => Promise<T>,
  { clock, log, signal }: { clock: Pick<Clock, 'sleep'>; log: Log; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    signal?.throwIfAborted();
    try {
      return await abortable(call(), signal);
    } catch (error) {
      if (signal?.aborted === true || !isUnreachable(error)) throw error;
      if (isRefused(error)) {
        throw new LedgerUnavailableError(
          `The database rejects the connection: ${messageOf(error)}. Check DATABASE_URL.`,
          { cause: error },
        );
      }
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
