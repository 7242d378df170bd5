import { CHANGING } from './changing-columns.ts';
import type { Migration } from './migration.ts';

const CHANGING_COLUMNS = `
       lane text collate "C" not null,
       status text collate "C" not null,
       outcome text,
       event_source_arn text,
       arn_origin text,
       aws_state text,
       expires_at timestamptz(3),
       error jsonb,
       attempts integer not null,
       replays integer not null,
       next_attempt_at timestamptz(3),
       updated_at timestamptz(3) not null,
       completed_at timestamptz(3)`;

/**
 * The feed of changes: docs/decisions/0008-event-positions.md tells why it is made like this.
 *
 * Whatever changes onboardings leaves a row per onboarding in `changes`, in the same transaction. give_positions moves
 * what was committed to `events`, one caller at a time: it holds the one row of `event_positions` to its own commit, so
 * that positions become visible in their order. No lock outlives a statement, and none is held across a round trip.
 */
export const events: Migration = {
  number: 4,
  name: 'events',
  statements: [
    `create table onboarding.changes (
       id bigint generated always as identity primary key,
       onboarding_id text collate "C" not null,${CHANGING_COLUMNS}
     )`,
    `create table onboarding.events (
       position bigint primary key,
       at timestamptz(3) not null,
       onboarding_id text collate "C" not null,${CHANGING_COLUMNS}
     )`,
    // Both tables live by being filled and emptied.
    `alter table onboarding.changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,

    // `given`: the last position. `pruned`: the last one that is not kept any more.
    `create table onboarding.event_positions (
       singleton boolean primary key default true check (singleton),
       given bigint not null default 0,
       pruned bigint not null default 0,
       constraint pruned_were_given check (pruned <= given)
     )`,
    `insert into onboarding.event_positions default values`,

    // Runs with the rights of its owner: who may change an onboarding need not be given the feed as well.
    `create function onboarding.note_changes() returns trigger
       language plpgsql security definer set search_path = pg_catalog as $$
     begin
       insert into onboarding.changes (onboarding_id, ${CHANGING})
       select id, ${CHANGING} from changed;
       return null;
     end $$`,
    `create trigger onboardings_were_inserted after insert on onboarding.onboardings
       referencing new table as changed for each statement execute function onboarding.note_changes()`,
    `create trigger onboardings_were_updated after update on onboarding.onboardings
       referencing new table as changed for each statement execute function onboarding.note_changes()`,

    // Each statement in here sees what was committed before it began; so the second one, after the lock, sees all
    // that the caller before has done. The notification is sent here alone: at the commit of one that notifies,
    // PostgreSQL lets no other pass.
    `create function onboarding.give_positions(most integer) returns integer
       language plpgsql set search_path = pg_catalog as $$
     declare
       before bigint;
       moved integer;
     begin
       if not exists (select from onboarding.changes) then return 0; end if;
       select given into strict before from onboarding.event_positions for update;
       with taken as (
         delete from onboarding.changes
         where id in (select id from onboarding.changes order by id limit most)
         returning *
       )
       insert into onboarding.events (position, at, onboarding_id, ${CHANGING})
       select before + row_number() over (order by id), clock_timestamp(), onboarding_id, ${CHANGING} from taken;
       get diagnostics moved = row_count;
       if moved > 0 then
         update onboarding.event_positions set given = before + moved;
         perform pg_notify('onboarding_events', '');
       end if;
       return moved;
     end $$`,

    // Looks at no more than `most` positions, oldest first; gives back how many it deleted.
    `create function onboarding.prune_events(older_than timestamptz, most integer) returns integer
       language plpgsql set search_path = pg_catalog as $$
     declare
       before bigint;
       through bigint;
     begin
       select pruned, least(pruned + most, given) into strict before, through
       from onboarding.event_positions for update;
       through := coalesce(
         (select position - 1 from onboarding.events
          where position > before and position <= through and at >= older_than order by position limit 1),
         through);
       if through = before then return 0; end if;
       delete from onboarding.events where position > before and position <= through;
       update onboarding.event_positions set pruned = through;
       return through - before;
     end $$`,
  ],
};
