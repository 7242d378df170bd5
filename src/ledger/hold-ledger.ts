import type { HoldLedger } from '../ports/hold-ledger.ts';
import type { LedgerDatabase } from './database.ts';
import { beginHold, endHold, holdsSince, lastingHolds, resumeRegion } from './holds.ts';

export interface HoldLedgerParts {
  readonly bounded: <T>(call: () => Promise<T>) => Promise<T>;
  readonly hasWebhook: boolean;
  /** Wakes whoever queues in this process what has no job. */
  readonly wake: () => void;
}

export function createHoldLedger(
  db: LedgerDatabase,
  { bounded, hasWebhook, wake }: HoldLedgerParts,
): HoldLedger {
  return {
    beginHold: (hold) => bounded(() => beginHold(db, hold, hasWebhook)),
    endHold: (region, kind, end) => bounded(() => endHold(db, { region, kind, hasWebhook }, end)),
    async resumeRegion(region, end) {
      const ended = await bounded(() => resumeRegion(db, region, end));
      wake();
      return ended;
    },
    lastingHolds: () => bounded(() => lastingHolds(db)),
    holdsSince: (region, since) => bounded(() => holdsSince(db, region, since)),
  };
}
