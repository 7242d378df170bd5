import { sql } from 'kysely';
import type { OnboardingId } from '../domain/ids.ts';
import { sourcesOf } from '../domain/state-machine.ts';
import type { LedgerDatabase } from './database.ts';

/**
 * accepted → queued for those that are still there and at the same replay: their jobs may have run already. The
 * limit changes no row: without it the planner takes the JSON for a hundred, and reads a whole small table for one of
 * them.
 */
export async function markQueued(
  db: LedgerDatabase,
  refs: readonly { id: OnboardingId; replays: number }[],
  at: string,
): Promise<void> {
  if (refs.length === 0) return;
  const queued = refs.map(({ id, replays }) => ({ id, replays }));
  await sql`
    with enqueued as (
      select o.id from onboarding.onboardings o
      join (select * from jsonb_to_recordset(${JSON.stringify(queued)}::jsonb) as ref (id text, replays integer)
        limit ${refs.length}) as ref using (id)
      where o.replays = ref.replays and o.status in (${sql.join([...sourcesOf('enqueue')])})
      order by o.id for update of o
    )
    update onboarding.onboardings o set status = 'queued', updated_at = ${at}::timestamptz
    from enqueued where o.id = enqueued.id`.execute(db);
}
