import type { AuditLog } from '../ports/audit.ts';
import { readRegionQueues } from '../operations/region-queues.ts';
import type { RegionReads } from '../operations/regions.ts';
import type { Clock, Log } from '../ports.ts';

/** What pages show that the events of onboardings do not tell of. */
export const FOLLOWED = ['regions', 'deliveries', 'audit'] as const;
export type Followed = (typeof FOLLOWED)[number];

export interface LiveSourcesDeps {
  readonly regionReads: RegionReads;
  readonly ledger: Pick<AuditLog, 'listAudit'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Whether something of a kind has changed since the last look; asked only while somebody watches it. */
export type HasChanged = (followed: Followed) => Promise<boolean>;

/** Deliveries have no feed, and one row's change shows in no figure: their pages look again this often. */
const DELIVERIES_EVERY_MS = 2_000;

export function createLiveSources({ regionReads, ledger, clock, log }: LiveSourcesDeps): HasChanged {
  const looks: Readonly<Record<Followed, () => Promise<unknown>>> = {
    // How long the oldest waits grows by itself; a page shows it as of its last look.
    regions: async () =>
      (await readRegionQueues(regionReads)).map(({ queue, ...state }) => [
        state,
        queue && { ...queue, oldestWaitingMs: queue.oldestWaitingMs !== null },
      ]),
    deliveries: () => Promise.resolve(Math.floor(clock.now() / DELIVERIES_EVERY_MS)),
    audit: async () => (await ledger.listAudit({}, { limit: 1 })).items[0]?.id,
  };
  const last = new Map<Followed, string>();
  return async (followed) => {
    try {
      const seen = JSON.stringify([await looks[followed]()]);
      const before = last.get(followed);
      last.set(followed, seen);
      return before !== undefined && before !== seen;
    } catch (error) {
      // The pages learn of an outage by the health that they are told.
      log.debug({ err: error, of: followed }, 'console.live_not_read');
      return false;
    }
  };
}
