import { EVENTS_CHANNEL } from '../../events/event-feed.ts';
import { CHANGING_COLUMNS, columnsOf, ONBOARDING_COLUMNS } from '../../onboardings/rows.ts';

const CHANGING = CHANGING_COLUMNS.join(', ');

/**
 * What makes an update a change: a look at AWS that finds everything as it was sets only its times, and a failed one that
 * fails as before only the time of its error.
 */
const SILENT: readonly string[] = ['checked_at', 'next_check_at', 'check_error'];
const told = (table: 'n' | 'o'): string =>
  `${columnsOf(
    table,
    ONBOARDING_COLUMNS.filter((column) => !SILENT.includes(column)),
  )}, ${table}.check_error ->> 'code'`;

const CHANGING_DEFINED = `
     lane text collate "C" not null,
     status text collate "C" not null,
     outcome text,
     event_source_arn text,
     arn_origin text,
     aws_state text,
     expires_at timestamptz(3),
     expires_at_origin text,
     connection text collate "C",
     connected_at timestamptz(3),
     checked_at timestamptz(3),
     next_check_at timestamptz(3),
     check_error jsonb,
     error jsonb,
     attempts integer not null,
     replays integer not null,
     renewals integer not null,
     next_attempt_at timestamptz(3),
     updated_at timestamptz(3) not null,
     completed_at timestamptz(3)`;

/**
 * What happened to an onboarding in one change, by the row before (`o`) and after (`n`). A wait is a new one when it
 * waits for another time: attempts are counted on a row that keeps waiting too.
 */
const HAPPENED = `case
       when n.status = 'retrying'
         then case when o.status <> 'retrying' or o.next_attempt_at is distinct from n.next_attempt_at then 'retried' end
       when n.status <> o.status and n.status in ('provisioned', 'failed', 'cancelled') then n.status
     end`;

const BEFORE =
  "o.lane, o.status, coalesce(o.error_code, ''), coalesce(o.error_kind, ''), coalesce(o.connection, '')";
const BEFORE_COLUMNS = 'was_lane, was_status, was_error_code, was_error_kind, was_connection';

/** Of a row of `changes`; '' where there is no error. */
export const ERROR_CODE = `coalesce(error ->> 'code', '')`;
export const ERROR_KIND = `coalesce(error ->> 'kind', '')`;

/** What onboardings are counted by. */
export const COUNTED = 'region, lane, status, error_code, error_kind, connection';

/** A trigger's function. It runs with its owner's rights: a role that changes onboardings needs none on these tables. */
const trigger = (name: string, settings: string, body: string): string =>
  `create function onboarding.${name}() returns trigger
     language plpgsql security definer set search_path = pg_catalog ${settings} as $$
   begin
     ${body}
     return null;
   end $$`;

/**
 * The feed of changes: docs/decisions/0008-event-positions.md.
 *
 * Triggers leave a row in `changes` for each changed onboarding, in the same transaction, with what it changed from.
 * give_positions moves committed rows to `events` and adds them up in `counts` and `figures`, one caller at a time: it
 * holds the one row of `event_positions` to its own commit, so that positions become visible in their order. No lock
 * outlives a statement, none is held across a round trip, and a writer never waits for a row that counts.
 */
export const CHANGES: readonly string[] = [
  `create table onboarding.changes (
     id bigint generated always as identity primary key,
     onboarding_id text collate "C" not null,${CHANGING_DEFINED},
     region text collate "C" not null,
     happened text collate "C",
     gone boolean not null default false,
     was_lane text collate "C",
     was_status text collate "C",
     was_error_code text collate "C",
     was_error_kind text collate "C",
     was_connection text collate "C"
   )`,
  `create table onboarding.events (
     position bigint primary key,
     at timestamptz(3) not null,
     onboarding_id text collate "C" not null,${CHANGING_DEFINED}
   )`,
  // It lives by being filled and emptied.
  `alter table onboarding.changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,

  // `given`: the last position. `pruned`: the last one that is not kept any more.
  `create table onboarding.event_positions (
     singleton boolean primary key default true check (singleton),
     given bigint not null default 0,
     pruned bigint not null default 0,
     constraint pruned_were_given check (pruned <= given)
   )`,
  `insert into onboarding.event_positions default values`,

  trigger(
    'note_changes',
    '',
    `insert into onboarding.changes (onboarding_id, ${CHANGING}, region, happened)
     select id, ${CHANGING}, region, 'accepted' from changed;
     insert into onboarding.search_texts (onboarding_id, text)
     select id, onboarding.search_text(source_name, customer_id, account, metadata) from changed;`,
  ),
  // The plan is made once, for however few rows came first: a nested loop would be a disaster for the many later on.
  // The hash join is allowed again, since save_rounds turns it off for itself and so for this.
  trigger(
    'note_updates',
    'set enable_nestloop = off set enable_hashjoin = on',
    `insert into onboarding.changes (onboarding_id, ${CHANGING}, region, happened, ${BEFORE_COLUMNS})
     select n.id, ${columnsOf('n', CHANGING_COLUMNS)}, n.region, ${HAPPENED}, ${BEFORE}
     from changed n join unchanged o on o.id = n.id
     where (${told('n')}) is distinct from (${told('o')});`,
  ),
  // The service changes none of these columns. An administrator may, and a trigger that names them costs others nothing.
  trigger(
    'note_new_text',
    '',
    `update onboarding.search_texts
     set text = onboarding.search_text(new.source_name, new.customer_id, new.account, new.metadata)
     where onboarding_id = new.id;`,
  ),
  trigger(
    'note_deletes',
    '',
    `insert into onboarding.changes (onboarding_id, ${CHANGING}, region, gone, ${BEFORE_COLUMNS})
     select o.id, ${columnsOf('o', CHANGING_COLUMNS)}, o.region, true, ${BEFORE} from unchanged o;`,
  ),
  trigger(
    'note_truncate',
    '',
    `perform from onboarding.event_positions for update;
     delete from onboarding.changes;
     delete from onboarding.counts;`,
  ),
  trigger(
    'forget_texts',
    '',
    `if tg_op = 'TRUNCATE' then
       delete from onboarding.search_texts;
     else
       delete from onboarding.search_texts t using unchanged o where t.onboarding_id = o.id;
     end if;`,
  ),
  `create trigger onboardings_were_inserted after insert on onboarding.onboardings
     referencing new table as changed for each statement execute function onboarding.note_changes()`,
  `create trigger onboardings_were_updated after update on onboarding.onboardings
     referencing old table as unchanged new table as changed
     for each statement execute function onboarding.note_updates()`,
  `create trigger onboardings_were_renamed
     after update of source_name, customer_id, account, metadata on onboarding.onboardings
     for each row execute function onboarding.note_new_text()`,
  `create trigger onboardings_were_deleted after delete on onboarding.onboardings
     referencing old table as unchanged for each statement execute function onboarding.note_deletes()`,
  `create trigger texts_of_deleted after delete on onboarding.onboardings
     referencing old table as unchanged for each statement execute function onboarding.forget_texts()`,
  `create trigger onboardings_were_truncated after truncate on onboarding.onboardings
     for each statement execute function onboarding.note_truncate()`,
  `create trigger texts_of_truncated after truncate on onboarding.onboardings
     for each statement execute function onboarding.forget_texts()`,

  // Each statement in here sees what was committed before it began; so the second one, after the lock, sees all that the
  // caller before has done. Counting is in the statement that takes the changes, so that nothing is counted twice or not
  // at all. A deletion gets no position: nothing is left to tell. The notification is sent here alone: at the commit of
  // one that notifies, PostgreSQL lets no other pass.
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
     ), counted as (
       insert into onboarding.counts as c (${COUNTED}, count)
       select ${COUNTED}, sum(count) from (
         select region, lane, status, ${ERROR_CODE} as error_code, ${ERROR_KIND} as error_kind,
           coalesce(connection, '') as connection, 1 as count
         from taken where not gone
         union all
         select region, was_lane, was_status, was_error_code, was_error_kind, was_connection, -1
         from taken where was_status is not null
       ) as delta
       group by ${COUNTED} having sum(count) <> 0
       on conflict (${COUNTED}) do update set count = c.count + excluded.count
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
       perform pg_notify('${EVENTS_CHANNEL}', '');
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
];
