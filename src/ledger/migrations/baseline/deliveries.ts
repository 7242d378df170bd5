/**
 * Webhook deliveries, each written in one commit with what it tells; every attempt; and the health of WEBHOOK_URL and
 * of callbacks that have failed. An endpoint's key is the SHA-256 of its address, because WEBHOOK_URL may hold a secret
 * and stays in the environment; a callback that always worked has no row, since each onboarding may have its own. And the
 * conditions that an alert has been written for, each a row while it lasts.
 */
export const DELIVERIES: readonly string[] = [
  `create table onboarding.deliveries (
     id text collate "C" primary key,
     type text collate "C" not null check (type in ('onboarding.provisioned', 'onboarding.failed',
       'onboarding.cancelled', 'source.connected', 'source.disconnected', 'source.expiring', 'source.expired',
       'source.removed', 'region.circuitOpened', 'region.circuitClosed', 'deliveries.disabled',
       'webhook.test', 'alert')),
     onboarding_id text collate "C" references onboarding.onboardings (id) on delete cascade,
     number integer check (number > 0),
     late boolean not null default false,
     hours_left integer check (hours_left > 0),
     destination text collate "C" not null check (destination in ('webhook', 'callback', 'alert')),
     callback_url text,
     origin text collate "C" not null
       generated always as (coalesce(lower(substring(callback_url from '^[^/]*//[^/?]*')),
         case destination when 'alert' then 'alert' else '' end)) stored,
     data jsonb not null,
     status text collate "C" not null default 'waiting' check (status in ('waiting', 'delivered', 'failed')),
     error_code text,
     attempts integer not null default 0 check (attempts >= 0),
     replays integer not null default 0 check (replays >= 0),
     tries integer not null default 0 check (tries >= 0),
     began_at timestamptz(3) not null,
     next_attempt_at timestamptz(3),
     leased_until timestamptz(3),
     created_at timestamptz(3) not null,
     updated_at timestamptz(3) not null,
     delivered_at timestamptz(3),
     constraint one_per_number unique (onboarding_id, number),
     constraint onboardings_have_numbers check ((onboarding_id is null) = (number is null)),
     constraint warnings_have_hours check ((type = 'source.expiring') = (hours_left is not null)),
     constraint callbacks_have_addresses check ((destination = 'callback') = (callback_url is not null)),
     constraint alerts_go_their_way check ((type = 'alert') = (destination = 'alert')),
     constraint waiting_has_a_time check ((status = 'waiting') = (next_attempt_at is not null))
   )`,
  `create index deliveries_by_status on onboarding.deliveries (status, id)`,
  `create index deliveries_by_type on onboarding.deliveries (type, id)`,
  `create index deliveries_by_onboarding on onboarding.deliveries (onboarding_id, id)`,
  // `leased_until` is in no index, so that a lease is a cheap update (PostgreSQL: heap-only tuples).
  `create index deliveries_due on onboarding.deliveries (origin, next_attempt_at, id) where status = 'waiting'`,

  `create table onboarding.delivery_attempts (
     delivery_id text collate "C" not null references onboarding.deliveries (id) on delete cascade,
     number integer not null check (number > 0),
     replay integer not null check (replay >= 0),
     at timestamptz(3) not null,
     origin text,
     status_code integer,
     error_code text,
     duration_ms double precision not null check (duration_ms >= 0),
     body_start text,
     primary key (delivery_id, number)
   )`,

  `create table onboarding.endpoints (
     key text collate "C" primary key,
     origin text not null,
     failures integer not null check (failures >= 0),
     failing_since timestamptz(3),
     last_failed_at timestamptz(3),
     last_success_at timestamptz(3),
     disabled_at timestamptz(3),
     disabled_because text check (disabled_because in ('gone', 'failing')),
     constraint failing_has_a_time check ((failures > 0) = (failing_since is not null)),
     constraint disabled_has_a_reason check ((disabled_at is null) = (disabled_because is null))
   )`,

  `create table onboarding.lasting_alerts (
     key text collate "C" primary key,
     topic jsonb not null,
     since timestamptz(3) not null,
     holder text,
     held_at timestamptz(3) not null
   )`,
];
