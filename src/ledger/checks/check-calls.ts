import { claimCheck, claimChecks } from './claim-checks.ts';
import { judgeLosses } from './judge-losses.ts';
import { connectionChanges, countExpiring, recentLosses } from './save-check.ts';

export const CHECK_READS = { recentLosses, connectionChanges, countExpiring };

/** What changes nothing that is served. */
export const CHECK_WRITES = { claimCheck, claimChecks, judgeLosses };
