/** Conditions that last: each is told when its row comes and when it goes, in the same transaction. */
import { sql, type RawBuilder } from 'kysely';
import { alertKey, type AlertTopic, type LastingAlert } from '../../domain/alert.ts';
import { firstIdAt } from '../../domain/ids.ts';
import { storableJson } from '../../domain/json.ts';
import type { AlertLedger } from '../../ports/alert-ledger.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { storable } from '../database/values.ts';
import { recordNews } from './record-events.ts';

/** Who may end a condition: its holder, if it needs one, until that has said nothing for half a minute. */
const mayEnd = (holder: string): RawBuilder<boolean> =>
  sql`(holder is null or holder = ${holder} or held_at < now() - interval '30 seconds')`;

export async function lastingAlerts(db: LedgerDatabase): Promise<readonly LastingAlert[]> {
  return db.selectFrom('lasting_alerts').select(['topic', 'since']).orderBy('key').execute();
}

export const beginAlert = (
  db: LedgerDatabase,
  { topic, since }: LastingAlert,
  { at, holder }: { at: string; holder: string },
): ReturnType<AlertLedger['beginAlert']> =>
  db.transaction().execute(async (transaction) => {
    const key = storable(alertKey(topic));
    // What all processes read from one place any of them may end.
    const heldBy = topic.about === 'redis' ? holder : null;
    const { rows } = await sql<{ key: string }>`
      insert into onboarding.lasting_alerts (key, topic, since, holder, held_at)
      values (${key}, ${storableJson(topic)}::jsonb, ${since}, ${heldBy}, now())
      on conflict do nothing returning key`.execute(transaction);
    if (rows.length > 0) {
      await recordNews(transaction, { type: 'alert', data: { topic, state: 'began', since }, at });
      return 'told';
    }
    await sql`update onboarding.lasting_alerts set holder = ${heldBy}, held_at = now()
      where key = ${key} and ${mayEnd(holder)}`.execute(transaction);
    return 'lasting';
  });

export const endAlert = (
  db: LedgerDatabase,
  topic: AlertTopic,
  { at, holder }: { at: string; holder: string },
): ReturnType<AlertLedger['endAlert']> =>
  db.transaction().execute(async (transaction) => {
    const { rows } = await sql<LastingAlert>`
      delete from onboarding.lasting_alerts
      where key = ${storable(alertKey(topic))} and ${mayEnd(holder)}
      returning topic, since`.execute(transaction);
    const [ended] = rows;
    if (ended === undefined) return 'none';
    await recordNews(transaction, { type: 'alert', data: { ...ended, state: 'ended' }, at });
    return 'told';
  });

/** Any number of processes come back at once: the first one's message is what the others find. */
export const tellLedgerBack = (
  db: LedgerDatabase,
  outage: LastingAlert,
  at: string,
): ReturnType<AlertLedger['tellLedgerBack']> =>
  db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('ledger back', 0))`.execute(transaction);
    const { rows } = await sql`
      select 1 from onboarding.deliveries
      where type = 'alert' and id >= ${firstIdAt(Date.parse(outage.since), 'evt')}
        and data @> '{"topic": {"about": "ledger"}}' limit 1`.execute(transaction);
    if (rows.length > 0) return 'none';
    await recordNews(transaction, { type: 'alert', data: { ...outage, state: 'ended' }, at });
    return 'told';
  });

export async function failuresSince(
  db: LedgerDatabase,
  since: string,
): ReturnType<AlertLedger['failuresSince']> {
  const rows = await db
    .selectFrom('present_figures')
    .select(['error_code', sql<number>`sum(count)::bigint`.as('count')])
    .where('step', '=', 60)
    .where('happened', '=', 'failed')
    .where('at', '>=', since)
    .groupBy('error_code')
    .execute();
  return new Map(rows.map(({ error_code: code, count }) => [code, count]));
}
