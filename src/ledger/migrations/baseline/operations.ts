/** What operators do: holds, replays of many, the audit, and logins that were ended. */
export const OPERATIONS: readonly string[] = [
  // When and why a Region's onboardings waited: a pause (`operator`), a drain, or an open circuit; and when its looks at
  // AWS stopped because too many sources were missing (`losses`). A pause is a row, so it
  // survives the loss of Redis, and deadlines stand still for as long as it lasts.
  `create table onboarding.holds (
     id bigint generated always as identity primary key,
     region text collate "C" not null,
     kind text collate "C" not null check (kind in ('operator', 'drain', 'circuit', 'losses')),
     reason text not null,
     actor text,
     began_at timestamptz(3) not null,
     ended_at timestamptz(3),
     constraint holds_end_after_they_begin check (ended_at >= began_at),
     constraint operators_have_names check ((kind in ('operator', 'drain')) = (actor is not null))
   )`,
  `create unique index holds_lasting on onboarding.holds (region, kind) where ended_at is null`,
  `create index holds_by_region on onboarding.holds (region, ended_at)`,

  // Members are numbered from 1, in the order of their ids. `moved_through` is the last one that had its turn,
  // `carried_through` the last one whose job is known to be in the queue; between the two are the `moving` ones, of one
  // batch. So progress is one row, and every read is a range of numbers: it costs the same for a set of any size, and
  // before the planner has statistics.
  `create table onboarding.replays (
     id text collate "C" primary key,
     status text collate "C" not null default 'running' check (status in ('running', 'completed', 'cancelled')),
     actor text not null,
     reason text not null,
     filter jsonb not null check (jsonb_typeof(filter) = 'object'),
     rate_per_second integer check (rate_per_second between 1 and 10000),
     matched integer not null check (matched > 0),
     regions text[] collate "C" not null,
     queued integer not null default 0,
     skipped integer not null default 0,
     provisioned integer not null default 0,
     failed integer not null default 0,
     cancelled integer not null default 0,
     moving integer not null default 0 check (moving >= 0),
     moved_through integer not null default 0,
     carried_through integer not null default 0,
     paced_from timestamptz not null default now(),
     is_open boolean not null default true,
     leased_by text,
     leased_until timestamptz,
     created_at timestamptz(3) not null,
     updated_at timestamptz(3) not null,
     ended_at timestamptz(3),
     constraint ended_has_an_instant check ((ended_at is not null) = (status <> 'running')),
     constraint queued_were_moved check (carried_through <= moved_through and moved_through <= matched),
     constraint counts_fit check (queued + moving + skipped <= matched and provisioned + failed + cancelled <= queued)
   )`,
  `create index replays_by_status on onboarding.replays (status, id)`,
  // Work to do: also a cancelled one, until what it had queued has ended.
  `create index replays_open on onboarding.replays (id) where is_open`,

  // `replays`: the onboarding's number when the set was fixed. No foreign keys: a million members are written in one
  // statement, and checking each would cost more than that.
  `create table onboarding.replay_members (
     replay_id text collate "C" not null,
     number integer not null,
     onboarding_id text collate "C" not null,
     replays integer not null,
     state text collate "C" not null default 'waiting'
       check (state in ('waiting', 'skipped', 'queued', 'provisioned', 'failed', 'cancelled')),
     primary key (replay_id, number)
   )`,
  `create index replay_members_queued on onboarding.replay_members (replay_id, number)
     where state = 'queued'`,

  // `subject` is an onboarding, a Region, a delivery, … No foreign key: the record outlives what it is about. An import
  // and a login have no reason.
  `create table onboarding.audit (
     id bigint generated always as identity primary key,
     at timestamptz(3) not null,
     actor text not null,
     action text not null,
     subject text collate "C" not null,
     reason text,
     before jsonb not null,
     after jsonb not null
   )`,
  // The order of the list, whatever it is narrowed to.
  `create index audit_by_time on onboarding.audit (at, id)`,
  `create index audit_by_actor on onboarding.audit (actor, at, id)`,
  `create index audit_by_action on onboarding.audit (action, at, id)`,
  `create index audit_by_subject on onboarding.audit (subject, at, id)`,
  // The members of a replay of many, and the list without them.
  `create index audit_by_replay on onboarding.audit ((after ->> 'replayId'), at, id) where after ? 'replayId'`,
  `create index audit_folded on onboarding.audit (at, id) where not (after ? 'replayId')`,
  // For all roles, the owner and superusers included. "always": also where triggers are off for replication.
  `create function onboarding.refuse_audit_change() returns trigger
     language plpgsql set search_path = pg_catalog as $$
   begin
     raise exception using errcode = 'insufficient_privilege',
       message = format('onboarding.audit is append-only: %s is refused.', lower(tg_op));
   end $$`,
  `create trigger audit_is_append_only before update or delete or truncate on onboarding.audit
     for each statement execute function onboarding.refuse_audit_change()`,
  `alter table onboarding.audit enable always trigger audit_is_append_only`,
  // A second lock on the same door: the owner has these rights until they are taken.
  `revoke update, delete, truncate on onboarding.audit from public, current_user`,

  // Logins to the console that were ended before their time. Others are known by their signature and have no row.
  `create table onboarding.revoked_logins (
     id text collate "C" primary key,
     expires_at timestamptz(3) not null
   )`,
  `create index revoked_logins_expired on onboarding.revoked_logins (expires_at)`,
];
