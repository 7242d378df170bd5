import pg from 'pg';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { systemClock } from '../../src/runtime/clock.ts';

const quiet = (): void => undefined;
const log = { debug: quiet, info: quiet, warn: console.warn, error: console.error };
/** The ledger at an address, with a log that says warnings alone. */
export const openQuietly = async (url: string): Promise<OpenLedger> =>
  openLedger(
    { kind: 'postgres', url },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );

/**
 * One row a second up to now. 85 of 100 are provisioned, 10 failed of one of 20 errors, of which the first are the most
 * frequent; the oldest tenth of the rows has a word that the others have not.
 */
const FILL = `
  insert into onboarding.onboardings (id, region, source_name, account, customer_id, lane, status, outcome,
    event_source_arn, arn_origin, aws_state, error, attempts, metadata, created_at, updated_at, completed_at)
  select onboarding.new_onboarding_id(t), region, name, lpad((n::bigint * 7919 % 1000000000)::text, 12, '0'), 'c-' || n % 200000,
    case when n % 10 = 0 then 'live' else 'bulk' end, status,
    case status when 'provisioned' then 'created' end,
    case status when 'provisioned' then 'arn:aws:events:' || region || '::event-source/' || name end,
    case status when 'provisioned' then 'created' end, case status when 'provisioned' then 'pending' end,
    case when status in ('failed', 'retrying') then jsonb_build_object('code', 'Error' || least(n % 97 % 20, n % 20) || 'Exception',
      'kind', 'transient', 'message', 'Something went wrong at AWS.', 'retryable', true, 'at', t) end,
    1, jsonb_build_object('plan', (array['gold', 'silver', 'bronze'])[1 + n % 3], 'company', md5((n / 3)::text))
      || case when n < $1::int / 10 then '{"cohort": "pioneers"}'::jsonb else '{}' end
      || case when n % 100000 = 77 then '{"note": "Zwölf Boxkämpfer"}'::jsonb else '{}' end,
    t, t, case when status in ('provisioned', 'failed', 'cancelled') then t end
  from (
    select n, now() - ($1::int - n) * interval '1 second' as t,
      (array['us-east-1', 'eu-west-1', 'eu-central-1', 'ap-south-1'])[1 + n % 4] as region,
      'aws.partner/acme.example/customers/c-' || n || '/orders' as name,
      case when n % 100 < 85 then 'provisioned' when n % 100 < 95 then 'failed' when n % 100 < 98 then 'queued'
        when n % 100 = 98 then 'retrying' else 'cancelled' end as status
    from generate_series(1, $1::int) n
  ) as made`;

const TEXTS = `insert into onboarding.search_texts (onboarding_id, text)
  select id, onboarding.search_text(source_name, customer_id, account, metadata) from onboarding.onboardings`;

/** Counts and figures of the last end of each, without waits. */
const COUNTED = [
  `insert into onboarding.counts (region, lane, status, error_code, error_kind, count)
   select region, lane, status, coalesce(error_code, ''), coalesce(error_kind, ''), count(*)
   from onboarding.onboardings group by 1, 2, 3, 4, 5`,
  `insert into onboarding.figures (step, happened, at, region, lane, error_code, error_kind, count)
   select step, happened, onboarding.start_of(step, t), region, lane,
     case happened when 'accepted' then '' else coalesce(error_code, '') end,
     case happened when 'accepted' then '' else coalesce(error_kind, '') end, count(*)
   from onboarding.onboardings
   cross join lateral (values ('accepted', created_at), (status, completed_at)) as happening (happened, t)
   cross join unnest(array[60, 3600]) as step
   where t is not null group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3`,
];

/** Fills an empty database with a ledger of so many onboardings, as years of use leave it. */
export async function fillLedger(url: string, rows: number): Promise<void> {
  await (await openQuietly(url)).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const timed = async (what: string, statement: string, values: unknown[] = []): Promise<void> => {
    const began = performance.now();
    await client.query(statement, values);
    console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  };
  // Without triggers, so that a million changes leave no events.
  await client.query('alter table onboarding.onboardings disable trigger user');
  await client.query('drop index onboarding.search_texts_by_trigram');
  await timed(`${rows} rows`, FILL, [rows]);
  await timed('search texts', TEXTS);
  for (const statement of COUNTED) await timed('counts or figures', statement);
  await client.query('alter table onboarding.onboardings enable trigger user');
  await timed('vacuum analyze', 'vacuum analyze');
  await client.end();
  const began = performance.now();
  await (await openQuietly(url)).close();
  console.log(`index of trigrams: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const sizes = new pg.Client({ connectionString: url });
  await sizes.connect();
  const { rows: largest } = await sizes.query<{ relname: string; size: string }>(
    `select relname, pg_size_pretty(pg_relation_size(c.oid)) as size from pg_class c
     where relname like 'onboardings%' or relname like 'search_texts%' order by pg_relation_size(c.oid) desc`,
  );
  for (const { relname, size } of largest) console.log(`  ${relname} ${size}`);
  await sizes.end();
}
