import { accountPattern, MASK } from '../../../../domain/as-signup-sees.ts';
import { LOST } from '../../../../domain/connection.ts';
import { CROCKFORD } from '../../../../domain/ids.ts';
import { SOURCE_NAME_PREFIX } from '../../../../domain/source-name.ts';
import { ACCEPTED_CHANNEL } from '../../../holds.ts';

/**
 * `onboarding.accept`, which an engineer calls inside the transaction that creates the customer: see
 * docs/transactional-enqueue.md for callers and docs/decisions/0009-transactional-enqueue.md for the reasons.
 *
 * - It inserts and never updates or locks a row, so that a caller's long transaction holds up nothing of the service but
 *   an intake of the very same name. What it wants changed (a lift to the live lane, a lost source made again) it leaves as
 *   a row of `lifts`.
 * - It is the only function that others may call. It runs with its owner's rights, so everything that a caller's session
 *   could bend is set: search_path, and how the literals of its body are read.
 */
const LOST_TEXTS = LOST.map((lost) => `'${lost}'`).join(', ');

export const ACCEPT: readonly string[] = [
  // As src/domain/ids.ts makes them. A UUID's sixth byte has four random bits; the others give five each.
  `create function onboarding.new_onboarding_id(at timestamptz) returns text
     language plpgsql volatile
     as $$
     declare
       digits constant text := '${CROCKFORD}';
       ms constant bigint := floor(extract(epoch from at) * 1000);
       random constant bytea := uuid_send(gen_random_uuid());
       id text := 'onb_';
     begin
       for place in reverse 9..0 loop
         id := id || substr(digits, ((ms >> (5 * place)) & 31)::integer + 1, 1);
       end loop;
       for place in 0..15 loop
         id := id || substr(digits, (get_byte(random, place) & 31) + 1, 1);
       end loop;
       return id;
     end $$`,

  `create function onboarding.json_instant(at timestamptz) returns text
     language sql stable parallel safe
     as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$`,

  // An onboarding as HTTP shows it to the role `signup`, without the other accounts that AWS's message may name:
  // `asSignupSees` in src/domain in SQL, and a test compares the two. Only onboarding.accept calls it.
  `create function onboarding.error_for_signup(error jsonb, account text) returns jsonb
     language sql stable parallel safe
     as $$ select error || jsonb_build_object('message', regexp_replace(error ->> 'message',
       '${accountPattern("' || account || '")}', '${MASK}', 'g')) $$`,
  `create function onboarding.json_onboarding(o onboarding.onboardings) returns jsonb
     language sql stable parallel safe
     as $$ select jsonb_build_object('id', o.id, 'customerId', o.customer_id, 'account', o.account, 'region', o.region,
         'sourceName', o.source_name, 'lane', o.lane, 'status', o.status, 'outcome', o.outcome,
         'eventSourceArn', o.event_source_arn, 'arnOrigin', o.arn_origin, 'awsState', o.aws_state,
         'expiresAt', onboarding.json_instant(o.expires_at), 'expiresAtOrigin', o.expires_at_origin,
         'connection', o.connection, 'connectedAt', onboarding.json_instant(o.connected_at),
         'checkedAt', onboarding.json_instant(o.checked_at), 'nextCheckAt', onboarding.json_instant(o.next_check_at),
         'checkError', o.check_error,
         'error', onboarding.error_for_signup(o.error, o.account), 'attempts', o.attempts,
         'replays', o.replays, 'renewals', o.renewals, 'nextAttemptAt', onboarding.json_instant(o.next_attempt_at), 'metadata', o.metadata,
         'callbackUrl', o.callback_url, 'createdAt', onboarding.json_instant(o.created_at),
         'updatedAt', onboarding.json_instant(o.updated_at), 'completedAt', onboarding.json_instant(o.completed_at)) $$`,

  // The way out of a request that is not taken: an exception, or an answer.
  `create function onboarding.refuse(on_refusal text, answer jsonb) returns jsonb
     language plpgsql
     as $$
     begin
       if on_refusal = 'answer' then return answer; end if;
       raise exception using
         errcode = case answer ->> 'kind' when 'taken' then 'ONB02' else 'ONB01' end,
         message = 'onboarding refused: ' || (
           select string_agg(format('%s: %s', issue ->> 'field', issue ->> 'message'), ' ' order by place)
           from jsonb_array_elements(answer -> 'errors') with ordinality as listed (issue, place)),
         detail = jsonb_build_object('code', case answer ->> 'kind'
           when 'taken' then 'source_name_taken' else 'invalid_request' end, 'errors', answer -> 'errors')::text;
     end $$`,

  `create function onboarding.accept(request jsonb, on_refusal text default 'raise') returns jsonb
     language plpgsql volatile security definer
     set search_path = pg_catalog, pg_temp
     set standard_conforming_strings = on
     as $$
     #variable_conflict use_column
     declare
       known onboarding.stamp;
       issues jsonb;
       name text;
       at timestamptz := date_trunc('milliseconds', clock_timestamp());
       held onboarding.onboardings;
     begin
       if on_refusal is null or on_refusal not in ('raise', 'answer') then
         raise exception using errcode = 'invalid_parameter_value',
           message = format('on_refusal is ''raise'' (the default) or ''answer'', not %s.', onboarding.shown(to_jsonb(on_refusal)));
       end if;
       select * into strict known from onboarding.stamp;
       issues := onboarding.request_issues(request, known.partner, known.regions);
       if issues <> '[]' then
         return onboarding.refuse(on_refusal, jsonb_build_object('kind', 'invalid', 'errors', issues));
       end if;
       name := coalesce(request ->> 'sourceName',
         concat('${SOURCE_NAME_PREFIX}', known.partner, '/', request ->> 'eventNamespace', '/', request ->> 'eventName'));

       -- A name that is neither free nor held was cancelled between two statements; twice in a row is unheard of.
       for pass in 1..5 loop
         insert into onboarding.onboardings as o
           (id, region, source_name, account, customer_id, lane, metadata, callback_url, created_at, updated_at)
         values (onboarding.new_onboarding_id(at), request ->> 'region', name, request ->> 'account',
           request ->> 'customerId', coalesce(request ->> 'lane', 'live'),
           coalesce(nullif(request -> 'metadata', 'null'), '{}'), request ->> 'callbackUrl', at, at)
         on conflict (region, source_name) where status <> 'cancelled' do nothing
         returning o.* into held;
         if found then
           perform pg_notify('${ACCEPTED_CHANNEL}', '');
           return jsonb_build_object('kind', 'accepted', 'onboarding', onboarding.json_onboarding(held));
         end if;
         select o.* into held from onboarding.onboardings o
         where o.region = request ->> 'region' and o.source_name = name and o.status <> 'cancelled';
         exit when found;
       end loop;
       if held.id is null then
         raise exception using errcode = 'serialization_failure',
           message = 'The name was taken and given back again and again: try the transaction again.';
       end if;
       if held.account <> request ->> 'account' then
         return onboarding.refuse(on_refusal, jsonb_build_object('kind', 'taken', 'errors', jsonb_build_array(
           onboarding.issue(case when request ->> 'sourceName' is null then 'eventName' else 'sourceName' end,
             'source_name_taken',
             'This source name is onboarded for another account in this Region: choose another name.'))));
       end if;
       -- AWS does not hold the source any more, or must have deleted it: maintenance starts it over, as intake does.
       if held.status = 'provisioned' and (held.connection in (${LOST_TEXTS}) or held.expires_at <= at) then
         insert into onboarding.lifts (onboarding_id, at) values (held.id, at);
         perform pg_notify('${ACCEPTED_CHANNEL}', '');
         held.status := 'accepted';
         held.replays := held.replays + 1;
         held.updated_at := at;
         held.outcome := null; held.event_source_arn := null; held.arn_origin := null; held.aws_state := null;
         held.expires_at := null; held.expires_at_origin := null; held.connection := null; held.connected_at := null;
         held.checked_at := null; held.next_check_at := null; held.check_error := null; held.error := null;
         held.completed_at := null;
         return jsonb_build_object('kind', 'accepted', 'onboarding', onboarding.json_onboarding(held));
       end if;
       if held.lane = 'bulk' and coalesce(request ->> 'lane', 'live') = 'live'
         and held.status in ('accepted', 'queued', 'retrying') then
         insert into onboarding.lifts (onboarding_id, at) values (held.id, at);
         perform pg_notify('${ACCEPTED_CHANNEL}', '');
         held.lane := 'live';
       end if;
       return jsonb_build_object('kind', 'existing', 'onboarding', onboarding.json_onboarding(held));
     end $$`,

  `comment on function onboarding.accept(jsonb, text) is
     'Records an onboarding in the calling transaction: {account, region, eventNamespace, eventName, …} as for '
     'POST /v1/onboardings. Raises ONB01 (fields are wrong) or ONB02 (another account has the name) with the fields as '
     'JSON in DETAIL; with on_refusal => ''answer'' it answers them instead.'`,
];
