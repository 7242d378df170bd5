import { LedgerUnavailableError } from '../../domain/unavailable.ts';

/** Lets one caller in at a time, first come, first served. */
export interface WaitingLine {
  /**
   * Resolves with what ends the turn, to be called once.
   * Rejects with LedgerUnavailableError when the turn has not come within `withinMs`: a caller that was answered "not
   * now" must not have its statement run later.
   */
  turn(withinMs: number): Promise<() => void>;
}

export function createWaitingLine(): WaitingLine {
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
            new LedgerUnavailableError(`The embedded ledger is busy: no turn came within ${withinMs} ms.`),
          );
        };
        const timer = Number.isFinite(withinMs) ? setTimeout(giveUp, withinMs) : undefined;
        waiting.push(enter);
      });
    },
  };
}
