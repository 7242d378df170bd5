import { COUNTED, ERROR_CODE, ERROR_KIND } from './changes.ts';

/**
 * Counts and figures that are kept, so that no reader scans the onboardings for them; give_positions adds to them:
 * docs/decisions/0012-stored-figures.md.
 */
export const FIGURES: readonly string[] = [
  // '' where there is no error or no connection: a key holds no null.
  `create table onboarding.counts (
     region text collate "C" not null,
     lane text collate "C" not null,
     status text collate "C" not null,
     error_code text collate "C" not null,
     error_kind text collate "C" not null,
     connection text collate "C" not null,
     count bigint not null,
     primary key (${COUNTED})
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

  // What is kept and what has not been added yet: right at every instant.
  `create view onboarding.present_counts as
     select ${COUNTED}, sum(count)::bigint as count from (
       select ${COUNTED}, count from onboarding.counts
       union all
       select region, lane, status, ${ERROR_CODE}, ${ERROR_KIND}, coalesce(connection, ''), 1
       from onboarding.changes where not gone
       union all
       select region, was_lane, was_status, was_error_code, was_error_kind, was_connection, -1
       from onboarding.changes where was_status is not null
     ) as parts
     group by ${COUNTED} having sum(count) <> 0`,
  `create view onboarding.present_figures as
     select step, happened, at, region, lane, error_code, error_kind, count from onboarding.figures
     union all
     select step, happened, onboarding.start_of(step, updated_at), region, lane, ${ERROR_CODE}, ${ERROR_KIND}, 1
     from onboarding.changes cross join unnest(array[60, 3600]) as step
     where happened is not null`,

  // Oldest first, no more than `most`; gives back how many rows went. Counts that have come to nothing go with them.
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
];
