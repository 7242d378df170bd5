import { sql, type RawBuilder } from 'kysely';
import type { OnboardingId } from '../../domain/ids.ts';
import type { Status } from '../../domain/onboarding.ts';
import { sourcesOf } from '../../domain/state-machine.ts';
import type { LedgerDatabase } from '../database/database.ts';

type Refs = readonly { readonly id: OnboardingId; readonly replays: number }[];

/** accepted → queued for those that are still there and at the same replay: their jobs may have run already. */
export async function markQueued(db: LedgerDatabase, refs: Refs, at: string): Promise<void> {
  const isStill = sql`o.status in (${sql.join([...sourcesOf('enqueue')])})`;
  await move(db, refs, { isStill, to: 'queued', at });
}

/** queued → accepted for those that are still there, at the same replay, and without an attempt. */
export async function unqueue(db: LedgerDatabase, refs: Refs, at: string): Promise<void> {
  const isStill = sql`o.status in (${sql.join([...sourcesOf('unqueue')])}) and o.attempts = 0`;
  await move(db, refs, { isStill, to: 'accepted', at });
}

/**
 * The limit changes no row: without it the planner takes the JSON for a hundred, and reads a whole small table for one of
 * them.
 */
async function move(
  db: LedgerDatabase,
  refs: Refs,
  { isStill, to, at }: { isStill: RawBuilder<unknown>; to: Status; at: string },
): Promise<void> {
  if (refs.length === 0) return;
  const json = JSON.stringify(refs.map(({ id, replays }) => ({ id, replays })));
  await sql`
    with moved as (
      select o.id from onboarding.onboardings o
      join (select * from jsonb_to_recordset(${json}::jsonb) as ref (id text, replays integer)
        limit ${refs.length}) as ref using (id)
      where o.replays = ref.replays and ${isStill}
      order by o.id for update of o
    )
    update onboarding.onboardings o set status = ${to}, updated_at = ${at}::timestamptz
    from moved where o.id = moved.id`.execute(db);
}
