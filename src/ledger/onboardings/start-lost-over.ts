import { sql, type RawBuilder } from 'kysely';
import type { NewOnboarding } from '../../domain/acceptance.ts';
import { LOST } from '../../domain/connection.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { DRAINED_REGIONS, oneOf } from './conditions.ts';
import { startingOver } from './replay.ts';
import { onboardingColumns, toOnboarding, type OnboardingRow } from './rows.ts';

/** In the audit, which names people by their tokens: a request comes in by more ways than HTTP. */
const AGAIN = { actor: 'system', reason: 'requested again after the source was lost' } as const;

/**
 * Queues those of these provisioned onboardings again whose source is lost at this instant, or has expired whatever the last
 * look found: the create finds its own source and adopts it, or makes it.
 * @param status of those in Regions that are not drained
 * @param live those of them that a person waits for now
 */
export async function startLostOver(
  db: LedgerDatabase,
  ids: readonly string[],
  { at, status, live = [] }: { at: string; status: NewOnboarding['status']; live?: readonly string[] },
): Promise<readonly Onboarding[]> {
  const { rows } = await sql<OnboardingRow>`
    with found as (
      select o.*, case when o.region in (${DRAINED_REGIONS}) then 'accepted' else ${status}::text end as next_status
      from onboarding.onboardings o
      where ${oneOf('o.id', ids)} and o.status = 'provisioned'
        and (o.connection in (${sql.join(LOST.map((lost) => sql.lit(lost)))}) or o.expires_at <= ${at}::timestamptz)
      order by o.id for update of o
    ), ${startingOver({ status: sql`f.next_status`, lane: laneOf(live), at, ...AGAIN })}
    select ${onboardingColumns} from restarted o`.execute(db);
  return rows.map(toOnboarding);
}

const laneOf = (live: readonly string[]): RawBuilder<unknown> =>
  sql`case when ${oneOf('o.id', live)} then 'live' else o.lane end`;
