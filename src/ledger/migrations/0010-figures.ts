import { CHANGING } from './changing-columns.ts';
import type { Migration } from './migration.ts';

/**
 * What happened to an onboarding in one change, by the row before (`o`) and after (`n`). A wait is a new one when it
 * waits for another time: attempts are counted on a row that goes on waiting too.
 */
const HAPPENED = `case
         when n.status = 'retrying'
           then case when o.status <> 'retrying' or o.next_attempt_at is distinct from n.next_attempt_at then 'retried' end
         when n.status <> o.status and n.status in ('provisioned', 'failed', 'cancelled') then n.status
       end`;

const BEFORE = "o.lane, o.status, coalesce(o.error_code, ''), coalesce(o.error_kind, '')";
const BEFORE_COLUMNS = 'was_lane, was_status, was_error_code, was_error_kind';

const ERROR_CODE = `coalesce(error ->> 'code', '')`;
const ERROR_KIND = `coalesce(error ->> 'kind', '')`;

const columnsOf = (row: string): string =>
  CHANGING.split(',')
    .map((column) => `${row}.${column.trim()}`)
    .join(', ');

/** What is there already, as far as it still shows: of an onboarding that was replayed its last end, and no wait. */
export const BACKFILL: readonly string[] = [
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

/**
 * Counts and figures that are kept, so that nobody reads the big table for them: docs/decisions/0012-stored-figures.md
 * tells why it is made like this.
 *
 * A change says what it changed from. Whoever gives positions (one at a time) adds what the changes come to to `counts`
 * and `figures`, in the same commit that takes them away from `changes`; so the two together are right at every instant,
 * and nobody who changes an onboarding waits for a row that counts.
 */
export const figures: Migration = {
  number: 10,
  name: 'figures',
  statements: [
    // Before the backfill: nobody changes an onboarding until it is committed, and readers go on.
    `lock table onboarding.onboardings in share row exclusive mode`,

    `alter table onboarding.onboardings
       add column error_kind text collate "C" generated always as (error ->> 'kind') stored`,
    // Failures by what they failed of: first and last, the newest of each, and their Regions, all without the table.
    `create index onboardings_failed on onboarding.onboardings (error_code, error_kind, completed_at, id)
       include (region) where status = 'failed'`,

    // Null in \`region\`: a change from before this migration, which the backfill has counted.
    `alter table onboarding.changes
       add column region text collate "C",
       add column happened text collate "C",
       add column gone boolean not null default false,
       add column was_lane text collate "C",
       add column was_status text collate "C",
       add column was_error_code text collate "C",
       add column was_error_kind text collate "C"`,

    // '' where there is no error: a key holds no null.
    `create table onboarding.counts (
       region text collate "C" not null,
       lane text collate "C" not null,
       status text collate "C" not null,
       error_code text collate "C" not null,
       error_kind text collate "C" not null,
       count bigint not null,
       primary key (region, lane, status, error_code, error_kind)
     ) with (fillfactor = 50)`,
    // Each happening is in two steps: its minute (60) and its hour (3600).
    `create table onboarding.figures (
       step integer not null check (step in (60, 3600)),
       happened text collate "C" not null
         check (happened in ('accepted', 'provisioned', 'failed', 'retried', 'cancelled')),
       at timestamptz(3) not null,
       region text collate "C" not null,
       lane text collate "C" not null,
       error_code text collate "C" not null,
       error_kind text collate "C" not null,
       count bigint not null,
       primary key (step, happened, at, region, lane, error_code, error_kind)
     ) with (fillfactor = 80)`,
    `create function onboarding.start_of(step integer, at timestamptz) returns timestamptz
       language sql stable parallel safe
       as $$ select to_timestamp(floor(date_part('epoch', at) / step) * step) $$`,

    `create or replace function onboarding.note_changes() returns trigger
       language plpgsql security definer set search_path = pg_catalog as $$
     begin
       insert into onboarding.changes (onboarding_id, ${CHANGING}, region, happened)
       select id, ${CHANGING}, region, 'accepted' from changed;
       return null;
     end $$`,
    // The plan is made once, for however few rows came first: a nested loop would be a disaster for the many later on.
    `create function onboarding.note_updates() returns trigger
       language plpgsql security definer set search_path = pg_catalog set enable_nestloop = off as $$
     begin
       insert into onboarding.changes (onboarding_id, ${CHANGING}, region, happened, ${BEFORE_COLUMNS})
       select n.id, ${columnsOf('n')}, n.region, ${HAPPENED}, ${BEFORE}
       from changed n join unchanged o on o.id = n.id;
       return null;
     end $$`,
    `create function onboarding.note_deletes() returns trigger
       language plpgsql security definer set search_path = pg_catalog as $$
     begin
       insert into onboarding.changes (onboarding_id, ${CHANGING}, region, gone, ${BEFORE_COLUMNS})
       select o.id, ${columnsOf('o')}, o.region, true, ${BEFORE} from unchanged o;
       return null;
     end $$`,
    `create function onboarding.note_truncate() returns trigger
       language plpgsql security definer set search_path = pg_catalog as $$
     begin
       perform from onboarding.event_positions for update;
       delete from onboarding.changes;
       delete from onboarding.counts;
       return null;
     end $$`,
    `drop trigger onboardings_were_updated on onboarding.onboardings`,
    `create trigger onboardings_were_updated after update on onboarding.onboardings
       referencing old table as unchanged new table as changed
       for each statement execute function onboarding.note_updates()`,
    `create trigger onboardings_were_deleted after delete on onboarding.onboardings
       referencing old table as unchanged for each statement execute function onboarding.note_deletes()`,
    `create trigger onboardings_were_truncated after truncate on onboarding.onboardings
       for each statement execute function onboarding.note_truncate()`,

    // As in migration 4; and in the same statement, so that nothing is counted twice or not at all. A deletion gets no
    // position: nothing is left to tell.
    `create or replace function onboarding.give_positions(most integer) returns integer
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
       ), counted as (
         insert into onboarding.counts as c (region, lane, status, error_code, error_kind, count)
         select region, lane, status, error_code, error_kind, sum(count) from (
           select region, lane, status, ${ERROR_CODE} as error_code, ${ERROR_KIND} as error_kind, 1 as count
           from taken where region is not null and not gone
           union all
           select region, was_lane, was_status, was_error_code, was_error_kind, -1
           from taken where was_status is not null
         ) as delta
         group by region, lane, status, error_code, error_kind having sum(count) <> 0
         on conflict (region, lane, status, error_code, error_kind) do update set count = c.count + excluded.count
       ), figured as (
         insert into onboarding.figures as f (step, happened, at, region, lane, error_code, error_kind, count)
         select step, happened, onboarding.start_of(step, updated_at), region, lane, ${ERROR_CODE}, ${ERROR_KIND}, count(*)
         from taken cross join unnest(array[60, 3600]) as step
         where happened is not null
         group by 1, 2, 3, 4, 5, 6, 7
         on conflict (step, happened, at, region, lane, error_code, error_kind)
           do update set count = f.count + excluded.count
       )
       insert into onboarding.events (position, at, onboarding_id, ${CHANGING})
       select before + row_number() over (order by id), clock_timestamp(), onboarding_id, ${CHANGING}
       from taken where not gone;
       get diagnostics moved = row_count;
       if moved > 0 then
         update onboarding.event_positions set given = before + moved;
         perform pg_notify('onboarding_events', '');
       end if;
       return moved;
     end $$`,

    // What is kept and what has not been added yet: right at every instant.
    `create view onboarding.present_counts as
       select region, lane, status, error_code, error_kind, sum(count)::bigint as count from (
         select region, lane, status, error_code, error_kind, count from onboarding.counts
         union all
         select region, lane, status, ${ERROR_CODE}, ${ERROR_KIND}, 1
         from onboarding.changes where region is not null and not gone
         union all
         select region, was_lane, was_status, was_error_code, was_error_kind, -1
         from onboarding.changes where was_status is not null
       ) as parts
       group by region, lane, status, error_code, error_kind having sum(count) <> 0`,
    `create view onboarding.present_figures as
       select step, happened, at, region, lane, error_code, error_kind, count from onboarding.figures
       union all
       select step, happened, onboarding.start_of(step, updated_at), region, lane, ${ERROR_CODE}, ${ERROR_KIND}, 1
       from onboarding.changes cross join unnest(array[60, 3600]) as step
       where happened is not null`,

    // Oldest first, no more than \`most\`; gives back how many rows went. Counts that have come to nothing go with them.
    // Of those who prune at once the second finds the rows gone, so the lock is for the counts alone.
    `create function onboarding.prune_figures(minutes_before timestamptz, hours_before timestamptz, most integer)
       returns integer language plpgsql set search_path = pg_catalog as $$
     declare
       pruned integer;
     begin
       delete from onboarding.figures where ctid = any (array(
         select ctid from onboarding.figures
         where happened in ('accepted', 'provisioned', 'failed', 'retried', 'cancelled')
           and (step = 60 and at < minutes_before or step = 3600 and at < hours_before)
         limit most for update skip locked));
       get diagnostics pruned = row_count;
       perform from onboarding.event_positions for update;
       delete from onboarding.counts where count = 0;
       return pruned;
     end $$`,

    ...BACKFILL,

    `revoke all on all functions in schema onboarding from public`,
  ],
};
