import { ACCOUNT_PATTERN } from '../../../domain/account.ts';
import { AWS_STATES, CONNECTIONS } from '../../../domain/onboarding.ts';

const listed = (texts: readonly string[]): string => texts.map((text) => `'${text}'`).join(', ');

/** The ledger's stamp, the onboardings with their attempts, and the texts that a search looks at. */
export const ONBOARDINGS: readonly string[] = [
  // `regions`: REGIONS of the last start, which `onboarding.accept` has no other way to know.
  `create table onboarding.stamp (
     singleton boolean primary key default true check (singleton),
     ledger_id text not null,
     aws_mode text not null check (aws_mode in ('sandbox', 'live')),
     partner text not null,
     epoch text not null,
     regions text[] not null default '{}',
     created_at timestamptz(3) not null default now()
   )`,

  // `ends`: how often something was told of it, which numbers its webhook deliveries, sent or not. `looked_at`: when a
  // process last began to look at AWS, which is that process's lease.
  `create table onboarding.onboardings (
     id text collate "C" primary key,
     region text collate "C" not null,
     source_name text collate "C" not null,
     account text collate "C" not null check (account ~ '${ACCOUNT_PATTERN.source}'),
     customer_id text,
     lane text collate "C" not null check (lane in ('live', 'bulk')),
     status text collate "C" not null default 'accepted'
       check (status in ('accepted', 'queued', 'retrying', 'provisioned', 'failed', 'cancelled')),
     outcome text check (outcome in ('created', 'adopted')),
     event_source_arn text,
     arn_origin text check (arn_origin in ('created', 'described', 'derived')),
     aws_state text check (aws_state in (${listed(AWS_STATES)})),
     expires_at timestamptz(3),
     expires_at_origin text check (expires_at_origin in ('aws', 'assumed')),
     connection text collate "C" check (connection in (${listed(CONNECTIONS)})),
     connected_at timestamptz(3),
     checked_at timestamptz(3),
     next_check_at timestamptz(3),
     check_error jsonb,
     lost_since timestamptz(3),
     warned_ms bigint,
     looked_at timestamptz(3),
     error jsonb,
     error_code text collate "C" generated always as (error ->> 'code') stored,
     error_kind text collate "C" generated always as (error ->> 'kind') stored,
     attempts integer not null default 0 check (attempts >= 0),
     replays integer not null default 0 check (replays >= 0),
     renewals integer not null default 0 check (renewals >= 0),
     rounds integer not null default 0 check (rounds >= 0),
     streak integer not null default 0 check (streak >= 0),
     ends integer not null default 0 check (ends >= 0),
     first_call_at timestamptz(3),
     next_attempt_at timestamptz(3),
     metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
     callback_url text,
     created_at timestamptz(3) not null,
     updated_at timestamptz(3) not null,
     completed_at timestamptz(3),
     constraint provisioned_has_a_source check (status <> 'provisioned'
       or (outcome is not null and event_source_arn is not null and arn_origin is not null)),
     constraint provisioned_is_followed
       check ((status = 'provisioned') = (connection is not null) and (connection is null) = (next_check_at is null)),
     constraint expiries_have_origins check ((expires_at is null) = (expires_at_origin is null)),
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
  // Rows to queue, by Region first: a Region that is drained may have any number of them, which no pass should walk.
  `create index onboardings_accepted on onboarding.onboardings (region, lane desc, id) where status = 'accepted'`,
  // Failures by their error: first and last, the newest of each, and their Regions, all without the table.
  `create index onboardings_failed on onboarding.onboardings (error_code, error_kind, completed_at, id)
     include (region) where status = 'failed'`,
  // Sources by when they are looked at, in each Region; by connection, in the order of a list; by expiry; and lost ones.
  `create index onboardings_to_check on onboarding.onboardings (region, next_check_at) where next_check_at is not null`,
  `create index onboardings_by_connection on onboarding.onboardings (connection, id) where connection is not null`,
  `create index onboardings_expiring on onboarding.onboardings (expires_at, id)
     where connection in ('waiting', 'disconnected')`,
  `create index onboardings_lost on onboarding.onboardings (region, lost_since) where lost_since is not null`,

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

  // What looks at AWS found, where it was news. An onboarding has a handful of rows.
  `create table onboarding.connection_changes (
     id bigint generated always as identity primary key,
     onboarding_id text collate "C" not null references onboarding.onboardings (id) on delete cascade,
     at timestamptz(3) not null,
     was text not null,
     connection text not null,
     expires_at timestamptz(3)
   )`,
  `create index connection_changes_by_onboarding on onboarding.connection_changes (onboarding_id, id)`,

  // Written once, in a table of its own: docs/decisions/0018-search-texts.md. No foreign key, which would lock the
  // onboarding's row for each text: triggers keep the two together. The index of trigrams is made at start.
  `create table onboarding.search_texts (
     onboarding_id text collate "C" primary key,
     text text not null
   )`,
  // Folded by the database's own collation: "C", which some of the fields have, knows ASCII alone.
  `create function onboarding.search_text(source_name text, customer_id text, account text, metadata jsonb)
     returns text language sql immutable parallel safe
     as $$ select lower((source_name || chr(10) || account || chr(10) || coalesce(customer_id, '') ||
       case when metadata = '{}' then ''
            else (select string_agg(chr(10) || value, '') from jsonb_each_text(metadata)) end)
       collate "default") $$`,
];
