import { toldBy } from '../../deliveries/record-events.ts';
import { columnsOf, ONBOARDING_COLUMNS } from '../../onboardings/rows.ts';

/**
 * The statement that saves job results, as a function, whose plan each connection keeps, also behind a transaction pooler;
 * planning took a third of its time. Its parts are explained in src/ledger/onboardings/save-rounds.ts. A plan made while the
 * table is small stays (on PGlite permanently), so only the plan that looks rows up one by one is allowed.
 */
export const SAVE_ROUNDS: readonly string[] = [
  `create function onboarding.save_rounds(writes jsonb, has_webhook boolean)
     returns table (onboarding_id text, verdict text)
     language plpgsql set search_path = pg_catalog
       set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
     as $$
   #variable_conflict use_column
   begin
     return query
     with judged as (
       select w.*, o.attempts as before, o.replays = w.replays as current,
         case when o.replays = w.replays and o.status = any (w."savedFrom") then
                case when w."comesInTurn" and o.next_attempt_at is distinct from w.follows then 'overtaken'
                     else 'saved' end
              when o.replays = w.replays and o.status = any (w."lateFrom") then 'late'
              else 'fenced' end as verdict
       from onboarding.onboardings o
       join jsonb_to_recordset(writes) as w
         (id text, replays integer, follows timestamptz, "comesInTurn" boolean, at timestamptz,
          "firstCallAt" timestamptz, made integer, attempts jsonb,
          "savedFrom" text[], "lateFrom" text[], status text, outcome text, "eventSourceArn" text,
          "arnOrigin" text, "awsState" text, "expiresAt" timestamptz, "expiresAtOrigin" text, connection text,
          "connectedAt" timestamptz, "checkedAt" timestamptz, "nextCheckAt" timestamptz, error jsonb,
          "nextAttemptAt" timestamptz, rounds integer, streak integer, "completedAt" timestamptz, "eventId" text)
         using (id)
       order by o.id for update of o
     ), changed as (
       update onboarding.onboardings o set
         attempts = j.before + j.made, updated_at = j.at, first_call_at = coalesce(o.first_call_at, j."firstCallAt"),
         status = j.status, outcome = j.outcome, event_source_arn = j."eventSourceArn",
         arn_origin = j."arnOrigin", aws_state = j."awsState", expires_at = j."expiresAt",
         expires_at_origin = j."expiresAtOrigin", connection = j.connection, connected_at = j."connectedAt",
         checked_at = j."checkedAt", next_check_at = j."nextCheckAt", error = j.error,
         next_attempt_at = j."nextAttemptAt", completed_at = j."completedAt",
         rounds = coalesce(j.rounds, o.rounds), streak = coalesce(j.streak, o.streak),
         ends = o.ends + case when j."eventId" is null then 0 else 1 end
       from judged j where o.id = j.id and j.verdict in ('saved', 'late') and j.status is not null
       returning ${columnsOf('o', ONBOARDING_COLUMNS)}, o.ends, j.verdict = 'late' as late, j."eventId" as event_id,
         case when j."eventId" is not null then 'onboarding.' || j.status end as event, null::integer as hours_left,
         j.at as told_at
     ), told as (
       ${toldBy('changed', 'has_webhook')}
     ), counted as (
       update onboarding.onboardings o set
         attempts = j.before + j.made, updated_at = j.at,
         first_call_at =
           case when j.current then coalesce(o.first_call_at, j."firstCallAt") else o.first_call_at end
       from judged j
       where o.id = j.id and (j.verdict in ('overtaken', 'fenced') or j.status is null) and j.made > 0
     ), kept as (
       insert into onboarding.attempts
         (onboarding_id, number, replay, outcome, error_code, message, request_id, duration_ms, at)
       select j.id, j.before + call.position, j.replays, call.outcome, call."errorCode", call.message,
         call."requestId", call."durationMs", call.at
       from judged j, rows from (jsonb_to_recordset(j.attempts) as
         (outcome text, "errorCode" text, message text, "requestId" text, "durationMs" double precision,
          at timestamptz)) with ordinality
         as call (outcome, "errorCode", message, "requestId", "durationMs", at, position)
     )
     select judged.id, judged.verdict from judged;
   end $$`,
];
