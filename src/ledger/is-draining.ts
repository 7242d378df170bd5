import { sql } from 'kysely';
import type { LedgerDatabase } from './database.ts';

const DRAINED_REGIONS = sql`select region from onboarding.holds where kind = 'drain' and ended_at is null`;

/**
 * Whether the Region of the row `o` is being drained, as part of a statement that is made anyway: it is looked up once
 * for all rows, and is as true as the row itself, whatever other processes have heard of.
 */
export const isDraining = sql<boolean>`o.region = any (array(${DRAINED_REGIONS}))`;

export async function isRegionDraining(db: LedgerDatabase, region: string): Promise<boolean> {
  const { rows } = await sql<{
    draining: boolean;
  }>`select ${region}::text in (${DRAINED_REGIONS}) as draining`.execute(db);
  return rows[0]?.draining === true;
}
