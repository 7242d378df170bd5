import type { Migration } from './migration.ts';

/**
 * Everything lies in the schema `onboarding`, so that the ledger can live in a database of the caller's own.
 * Ids are ULIDs: COLLATE "C" makes text order their time order, and comparisons cheap. Instants are kept to
 * the millisecond, as they are served. The checks hold the invariants whoever writes, SQL functions included.
 */
export const foundation: Migration = {
  number: 1,
  name: 'foundation',
  statements: [
    `create table onboarding.stamp (
       singleton boolean primary key default true check (singleton),
       ledger_id text not null,
       aws_mode text not null check (aws_mode in ('sandbox', 'live')),
       partner text not null,
       epoch text not null,
       created_at timestamptz(3) not null default now()
     )`,

    // Metadata values cannot be searched by an index as they lie; one text of all searched fields can. Folded by
    // the database's own collation: "C", which some of the fields have, knows ASCII alone.
    `create function onboarding.search_text(source_name text, customer_id text, account text, metadata jsonb)
       returns text language sql immutable parallel safe
       as $$ select lower((source_name || chr(10) || account || chr(10) || coalesce(customer_id, '') ||
         case when metadata = '{}' then ''
              else (select string_agg(chr(10) || value, '') from jsonb_each_text(metadata)) end)
         collate "default") $$`,

    `create table onboarding.onboardings (
       id text collate "C" primary key,
       region text collate "C" not null,
       source_name text collate "C" not null,
       account text collate "C" not null check (account ~ '^[0-9]{12}$'),
       customer_id text,
       lane text collate "C" not null check (lane in ('live', 'bulk')),
       status text collate "C" not null default 'accepted'
         check (status in ('accepted', 'queued', 'retrying', 'provisioned', 'failed', 'cancelled')),
       outcome text check (outcome in ('created', 'adopted')),
       event_source_arn text,
       arn_origin text check (arn_origin in ('created', 'described', 'derived')),
       aws_state text check (aws_state in ('pending', 'active', 'deleted', 'expired', 'unknown')),
       expires_at timestamptz(3),
       error jsonb,
       error_code text collate "C" generated always as (error ->> 'code') stored,
       attempts integer not null default 0 check (attempts >= 0),
       replays integer not null default 0 check (replays >= 0),
       rounds integer not null default 0 check (rounds >= 0),
       streak integer not null default 0 check (streak >= 0),
       first_call_at timestamptz(3),
       next_attempt_at timestamptz(3),
       metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
       callback_url text,
       created_at timestamptz(3) not null,
       updated_at timestamptz(3) not null,
       completed_at timestamptz(3),
       search_text text generated always as
         (onboarding.search_text(source_name, customer_id, account, metadata)) stored,
       constraint provisioned_has_a_source check (status <> 'provisioned'
         or (outcome is not null and event_source_arn is not null and arn_origin is not null)),
       constraint failed_has_an_error check (status <> 'failed' or error is not null),
       constraint ended_has_an_instant
         check ((completed_at is not null) = (status in ('provisioned', 'failed', 'cancelled')))
     )`,
    // A cancelled onboarding does not hold its name.
    `create unique index onboardings_name on onboarding.onboardings (region, source_name)
       where status <> 'cancelled'`,
    // One per filter of the list call, in the order of the list.
    `create index onboardings_by_status on onboarding.onboardings (status, id)`,
    `create index onboardings_by_region on onboarding.onboardings (region, id)`,
    `create index onboardings_by_account on onboarding.onboardings (account, id)`,
    `create index onboardings_by_customer on onboarding.onboardings (customer_id, id)
       where customer_id is not null`,
    `create index onboardings_by_error_code on onboarding.onboardings (error_code, id)
       where error_code is not null`,
    // The rescue walks open rows alone, live lane first ('live' > 'bulk').
    `create index onboardings_open on onboarding.onboardings (lane desc, id)
       where status in ('accepted', 'queued', 'retrying')`,

    `create table onboarding.attempts (
       onboarding_id text collate "C" not null references onboarding.onboardings (id) on delete cascade,
       number integer not null check (number > 0),
       replay integer not null check (replay >= 0),
       outcome text not null check (outcome in ('created', 'adopted', 'conflict', 'unsettled', 'transient',
         'throttled', 'quota', 'regionOff', 'operatorFault', 'rejected')),
       error_code text,
       message text,
       request_id text,
       duration_ms double precision not null check (duration_ms >= 0),
       at timestamptz(3) not null,
       primary key (onboarding_id, number)
     )`,

    // Whoever acted on whatever: `subject` is an onboarding's id, later also a Region or a delivery. No foreign
    // key: the record outlives what it is about.
    `create table onboarding.audit (
       id bigint generated always as identity primary key,
       at timestamptz(3) not null,
       actor text not null,
       action text not null,
       subject text collate "C" not null,
       reason text not null,
       before jsonb not null,
       after jsonb not null
     )`,
    `create index audit_by_subject on onboarding.audit (subject, id)`,

    `create table onboarding.imports (
       id text collate "C" primary key,
       rows integer not null,
       accepted integer not null,
       duplicates integer not null,
       rejected integer not null,
       ignored_columns jsonb not null,
       created_at timestamptz(3) not null
     )`,
    `create table onboarding.import_errors (
       import_id text collate "C" not null references onboarding.imports (id) on delete cascade,
       position integer not null,
       row integer not null,
       field text not null,
       code text not null,
       message text not null,
       primary key (import_id, position)
     )`,
  ],
};
