import { sql } from 'kysely';
import type { ReplayWrite } from '../domain/acceptance.ts';
import type { OnboardingId } from '../domain/ids.ts';
import type { Status } from '../domain/onboarding.ts';
import { nextStatus } from '../domain/state-machine.ts';
import type { LedgerDatabase } from './database.ts';
import { isRegionDraining } from './is-draining.ts';
import { onboardingColumns, toOnboarding, type OnboardingRow } from './rows.ts';
import { startingOver } from './start-over.ts';

export interface ReplayRequest {
  readonly from: Status;
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** Starts one onboarding over in its own lane. What it was before stands in the audit; its attempts stay. */
export async function replay(
  db: LedgerDatabase,
  id: OnboardingId,
  { from, ...by }: ReplayRequest,
): Promise<ReplayWrite> {
  return db.transaction().execute(async (transaction) => {
    const before = await transaction
      .selectFrom('onboardings')
      .select(['status', 'region'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) return { kind: 'notFound' };
    const status = nextStatus(before.status, 'replay');
    if (before.status !== from || status === undefined) return { kind: 'refused', status: before.status };
    if (await isRegionDraining(transaction, before.region)) return { kind: 'draining' };
    const { rows } = await sql<OnboardingRow>`
      with found as (select * from onboarding.onboardings where id = ${id}), ${startingOver({ ...by, status })}
      select ${onboardingColumns} from restarted o`.execute(transaction);
    const [after] = rows;
    if (after === undefined) throw new Error('A locked onboarding is gone.');
    return { kind: 'queued', onboarding: toOnboarding(after) };
  });
}
