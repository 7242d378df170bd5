import { sql } from 'kysely';
import type { OnboardingId } from '../../domain/ids.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { isDraining } from '../onboardings/conditions.ts';
import { startingOver } from '../onboardings/replay.ts';
import { onboardingColumns, toOnboarding, type OnboardingRow } from '../onboardings/rows.ts';

/** Its job is missing until maintenance adds it, as that of any row whose process died after the commit. */
export async function renew(
  db: LedgerDatabase,
  id: OnboardingId,
  { replays, at }: { replays: number; at: string },
): Promise<Onboarding | undefined> {
  const { rows } = await sql<OnboardingRow>`
    with found as (
      select o.* from onboarding.onboardings o
      where o.id = ${id} and o.replays = ${replays} and o.status = 'provisioned' and o.connection = 'expired'
        and o.connected_at is null and o.outcome = 'created' and not ${isDraining}
      for update of o
    ), ${startingOver({ status: 'queued', at, ...RENEWAL })}
    select ${onboardingColumns} from restarted o`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : toOnboarding(row);
}

/** In the audit: no operator asked for it. */
const RENEWAL = {
  actor: 'system',
  reason: 'renewed: it expired before the customer accepted it',
  renews: true,
} as const;
