import { LedgerUnavailableError } from '../domain/unavailable.ts';
import type { Clock } from '../ports.ts';

/** What was read last, and whether it had to serve again because nothing newer could be read. */
export interface Known<T> {
  readonly value: T;
  readonly readAt: string;
  readonly isOld: boolean;
}

/** However many look: it is read no more often. */
const FRESH_MS = 500;

/**
 * Reads one thing for all viewers, and keeps it for when the ledger is away. `read` gets what was known before.
 * @returns rejects as `read` does as long as nothing is known, and with every error that is not the ledger's absence
 */
export function keepLastKnown<T>(
  read: (before: T | undefined) => Promise<T>,
  clock: Pick<Clock, 'now'>,
): () => Promise<Known<T>> {
  let known: { value: T; at: number } | undefined;
  let reading: Promise<Known<T>> | undefined;
  const answer = (kept: { value: T; at: number }, isOld: boolean): Known<T> => ({
    value: kept.value,
    readAt: new Date(kept.at).toISOString(),
    isOld,
  });
  const readNow = async (): Promise<Known<T>> => {
    try {
      const at = clock.now();
      known = { value: await read(known?.value), at };
      return answer(known, false);
    } catch (error) {
      if (known === undefined || !(error instanceof LedgerUnavailableError)) throw error;
      return answer(known, true);
    } finally {
      reading = undefined;
    }
  };
  return async () => {
    if (known !== undefined && clock.now() - known.at < FRESH_MS) return answer(known, false);
    return (reading ??= readNow());
  };
}
