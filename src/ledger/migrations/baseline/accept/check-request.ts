import { ACCOUNT_PATTERN, DASHED_ACCOUNT, SHORT_ACCOUNT } from '../../../../domain/account.ts';
import { HTTPS_URL, URL_MAX_LENGTH } from '../../../../domain/callback-url.ts';
import { ISSUES_MAX } from '../../../../domain/field-issue.ts';
import { METADATA_MAX_BYTES, METADATA_MAX_PAIRS } from '../../../../domain/metadata.ts';
import { LANES } from '../../../../domain/onboarding.ts';
import { CUSTOMER_ID_MAX_LENGTH, REQUEST_FIELDS } from '../../../../domain/onboarding-request.ts';
import {
  LOOKED_AT_LENGTH,
  SOURCE_NAME_PREFIX,
  SOURCE_NAME_MAX_LENGTH,
} from '../../../../domain/source-name.ts';
import { RESERVED_KEYS } from '../../../../domain/text.ts';

/**
 * The rules of src/domain/onboarding-request.ts in SQL, with its limits and patterns: the same fields and codes, in the
 * same order. A test compares the two. JSON's NUL and lone surrogates cannot get this far: jsonb holds neither.
 */
export const REQUEST_CHECKS: readonly string[] = [
  `create function onboarding.account_issues(account jsonb) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when account is null or account in ('null', '""') then jsonb_build_array(onboarding.issue('account', 'required',
         'Give the 12-digit AWS account id of the customer.'))
       when jsonb_typeof(account) <> 'string' then jsonb_build_array(onboarding.issue('account', 'invalid_type',
         format('Send the account id as text in quotes, not %s: numbers lose their leading zeros.', onboarding.shown(account))))
       when account #>> '{}' !~ '${ACCOUNT_PATTERN.source}' then jsonb_build_array(onboarding.issue('account', 'invalid_account', case
         when account #>> '{}' ~ '${DASHED_ACCOUNT.source}'
           then format('An AWS account id has no dashes, as %s has: send %s.', onboarding.shown(account),
             replace(account #>> '{}', '-', ''))
         when account #>> '{}' ~ '${SHORT_ACCOUNT.source}' then format('An AWS account id has exactly 12 digits, %s has %s; '
           'if a spreadsheet removed leading zeros, send %s.', onboarding.shown(account), char_length(account #>> '{}'), lpad(account #>> '{}', 12, '0'))
         else format('An AWS account id has exactly 12 digits (0-9) and nothing else; this is %s.', onboarding.shown(account)) end))
       else '[]' end $$`,

  `create function onboarding.region_issues(region jsonb, registered text[]) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when region is null or region in ('null', '""') then jsonb_build_array(onboarding.issue('region', 'required',
         format('Give the customer''s Region, one of: %s.', array_to_string(registered, ', '))))
       when jsonb_typeof(region) <> 'string' then jsonb_build_array(onboarding.issue('region', 'invalid_type',
         format('Send the Region as text, not %s; registered are: %s.', onboarding.shown(region), array_to_string(registered, ', '))))
       when region #>> '{}' <> all (registered) then jsonb_build_array(onboarding.issue('region', 'region_not_registered',
         format('The partner is not registered in %s; registered are: %s. An operator adds one in REGIONS.',
           onboarding.shown(region), array_to_string(registered, ', '))))
       else '[]' end $$`,

  `create function onboarding.not_text(value jsonb, field text) returns jsonb
     language sql stable parallel safe
     as $$ select jsonb_build_array(onboarding.issue(field, 'invalid_type',
       format('Send this as text in quotes, not %s.', onboarding.shown(value)))) $$`,

  `create function onboarding.optional_text_issues(value jsonb, field text, max_length integer, subject text default null)
     returns jsonb
     language sql stable parallel safe
     as $$ select case
       when value is null or value = 'null' then '[]'
       when jsonb_typeof(value) <> 'string' then onboarding.not_text(value, field)
       else onboarding.text_issues(value #>> '{}', field, max_length, subject) end $$`,

  // Both halves of the name are given, or the whole; what is wrong with their text comes after what is missing.
  `create function onboarding.name_part_issues(value jsonb, field text) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when value is null or value in ('null', '""') then jsonb_build_array(onboarding.issue(field, 'required',
         format('Give %s (%s), or the whole sourceName.', field, case field when 'eventName'
           then 'one segment, unique for this customer' else 'one or more segments joined by "/"' end)))
       when jsonb_typeof(value) <> 'string' then onboarding.not_text(value, field)
       else '[]' end $$`,

  `create function onboarding.name_length_issues(name text, own text, field text) returns jsonb
     language sql stable parallel safe
     as $$ select case when onboarding.utf16_length(name) <= ${SOURCE_NAME_MAX_LENGTH} then '[]'
       else jsonb_build_array(onboarding.issue(field, 'source_name_too_long',
         format('The whole name %s has %s characters; AWS allows ${SOURCE_NAME_MAX_LENGTH}, which leaves %s after "%s".',
           onboarding.quoted(name), onboarding.utf16_length(name), ${SOURCE_NAME_MAX_LENGTH} - char_length(own), own))) end $$`,

  `create function onboarding.source_name_issues(request jsonb, own text) returns jsonb
     language plpgsql stable parallel safe
     as $$
     declare
       whole jsonb := nullif(request -> 'sourceName', 'null');
       namespace jsonb := nullif(request -> 'eventNamespace', 'null');
       name jsonb := nullif(request -> 'eventName', 'null');
       full_name text;
       issues jsonb;
     begin
       if whole is not null then
         if namespace is not null or name is not null then
           return jsonb_build_array(onboarding.issue('sourceName', 'conflicting_fields',
             'Send either sourceName or eventNamespace with eventName, not both.'));
         elsif jsonb_typeof(whole) <> 'string' then
           return onboarding.not_text(whole, 'sourceName');
         elsif not starts_with(whole #>> '{}', '${SOURCE_NAME_PREFIX}') then
           return jsonb_build_array(onboarding.issue('sourceName', 'invalid_source_name',
             format('A source name starts with "%s" (lower case), not %s.', own, onboarding.shown(whole))));
         elsif not starts_with(whole #>> '{}', own) then
           return jsonb_build_array(onboarding.issue('sourceName', 'wrong_partner',
             format('This service creates sources under "%s" only, not %s.', own, onboarding.shown(whole))));
         elsif onboarding.utf16_length(whole #>> '{}') > ${LOOKED_AT_LENGTH} then
           return onboarding.name_length_issues(whole #>> '{}', own, 'sourceName');
         end if;
         issues := onboarding.path_issues('sourceName', substr(whole #>> '{}', char_length(own) + 1));
         if issues <> '[]' then return issues; end if;
         return onboarding.name_length_issues(whole #>> '{}', own, 'sourceName');
       end if;
       issues := onboarding.name_part_issues(namespace, 'eventNamespace')
         || onboarding.name_part_issues(name, 'eventName');
       if issues <> '[]' then return issues; end if;
       full_name := own || (namespace #>> '{}') || '/' || (name #>> '{}');
       if onboarding.utf16_length(full_name) > ${LOOKED_AT_LENGTH} then
         return onboarding.name_length_issues(full_name, own, 'eventName');
       end if;
       issues := onboarding.path_issues('eventNamespace', namespace #>> '{}');
       if strpos(name #>> '{}', '/') > 0 then
         issues := issues || onboarding.issue('eventName', 'invalid_source_name',
           format('eventName is one segment and cannot hold "/", as %s does: put what stands before it into eventNamespace.',
             onboarding.shown(name)));
       else
         issues := issues || onboarding.path_issues('eventName', name #>> '{}');
       end if;
       if issues <> '[]' then return issues; end if;
       return onboarding.name_length_issues(full_name, own, 'eventName');
     end $$`,

  `create function onboarding.lane_issues(lane jsonb) returns jsonb
     language sql stable parallel safe
     as $$ select case when lane is null or lane in ('null', ${LANES.map((lane) => `'"${lane}"'`).join(', ')}) then '[]'
       else jsonb_build_array(onboarding.issue('lane', 'invalid_lane',
         format('The lane is "live" (a person waits) or "bulk", not %s.', onboarding.shown(lane)))) end $$`,

  // Its bytes are those of the shortest JSON, without the blanks that jsonb shows behind ":" and ",".
  `create function onboarding.metadata_issues(metadata jsonb) returns jsonb
     language plpgsql stable parallel safe
     as $$
     declare
       pairs integer;
       bytes integer;
       key text;
       value jsonb;
       issues jsonb := '[]';
     begin
       if metadata is null or metadata = 'null' then return '[]'; end if;
       if jsonb_typeof(metadata) <> 'object' then
         return jsonb_build_array(onboarding.issue('metadata', 'invalid_type',
           'Send metadata as an object of text values.'));
       end if;
       select count(*) into pairs from jsonb_object_keys(metadata);
       for key, value in select pair.key, pair.value from jsonb_each(metadata) as pair loop
         if key in (${literals(RESERVED_KEYS)}) then
           issues := issues || onboarding.issue('metadata.' || onboarding.shown_key(key), 'reserved_key',
             format('The key %s is reserved by JavaScript: choose another name.', onboarding.shown(to_jsonb(key))));
         elsif jsonb_typeof(value) <> 'string' then
           issues := issues || onboarding.issue('metadata.' || onboarding.shown_key(key), 'invalid_type',
             'Send this value as text in quotes.');
         elsif onboarding.text_issues(key, '', ${METADATA_MAX_BYTES}) || onboarding.text_issues(value #>> '{}', '', ${METADATA_MAX_BYTES}) <> '[]' then
           issues := issues || onboarding.text_issues(key, 'metadata.' || onboarding.shown_key(key), ${METADATA_MAX_BYTES})
             || onboarding.text_issues(value #>> '{}', 'metadata.' || onboarding.shown_key(key), ${METADATA_MAX_BYTES},
               'This value');
         end if;
       end loop;
       if pairs > ${METADATA_MAX_PAIRS} then
         issues := issues || onboarding.issue('metadata', 'too_many_entries',
           format('At most ${METADATA_MAX_PAIRS} pairs are allowed; this has %s.', pairs));
       end if;
       if issues <> '[]' then
         return (select jsonb_agg(issue order by place)
           from jsonb_array_elements(issues) with ordinality as listed (issue, place) where place <= ${ISSUES_MAX});
       end if;
       bytes := octet_length(convert_to(metadata::text, 'UTF8')) - greatest(0, 2 * pairs - 1);
       if bytes <= ${METADATA_MAX_BYTES} then return '[]'; end if;
       return jsonb_build_array(onboarding.issue('metadata', 'too_long',
         format('At most ${METADATA_MAX_BYTES} bytes as JSON are allowed; this has %s.', bytes)));
     end $$`,

  `create function onboarding.callback_url_issues(value jsonb) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when value is null or value = 'null' then '[]'
       when onboarding.optional_text_issues(value, 'callbackUrl', ${URL_MAX_LENGTH}, '') <> '[]'
         then onboarding.optional_text_issues(value, 'callbackUrl', ${URL_MAX_LENGTH},
           onboarding.quoted(onboarding.without_secrets(value #>> '{}')))
       when value #>> '{}' !~ '${HTTPS_URL}' then jsonb_build_array(onboarding.issue('callbackUrl', 'invalid_url',
         format('Send an absolute https:// address with a host name in ASCII or an IPv4 address, without user name or fragment, not %s.',
           onboarding.shown(to_jsonb(onboarding.without_secrets(value #>> '{}'))))))
       else '[]' end $$`,

  `create function onboarding.unknown_field_issues(request jsonb) returns jsonb
     language plpgsql stable parallel safe
     as $$
     declare
       known constant text[] := array[${literals(REQUEST_FIELDS)}];
     begin
       if request - known = '{}' then return '[]'; end if;
       return (select jsonb_agg(onboarding.issue(onboarding.shown_key(field),
           case when field in (${literals(RESERVED_KEYS)}) then 'reserved_key' else 'unknown_field' end,
           format('There is no field %s; there are: %s.', onboarding.shown(to_jsonb(field)), array_to_string(known, ', '))))
         from (select field from jsonb_object_keys(request - known) as field limit ${ISSUES_MAX}) as unknown);
     end $$`,

  // Everything that is wrong, at once; an empty array when nothing is.
  `create function onboarding.request_issues(request jsonb, partner text, regions text[]) returns jsonb
     language plpgsql stable parallel safe
     as $$
     begin
       if request is null or jsonb_typeof(request) <> 'object' then
         return jsonb_build_array(onboarding.issue('body', 'invalid_type',
           format('Send one JSON object with account, region, eventNamespace and eventName, not %s.', onboarding.shown(request))));
       end if;
       return onboarding.account_issues(request -> 'account')
         || onboarding.region_issues(request -> 'region', regions)
         || onboarding.source_name_issues(request, concat('${SOURCE_NAME_PREFIX}', partner, '/'))
         || onboarding.optional_text_issues(request -> 'customerId', 'customerId', ${CUSTOMER_ID_MAX_LENGTH})
         || onboarding.lane_issues(request -> 'lane')
         || onboarding.metadata_issues(request -> 'metadata')
         || onboarding.callback_url_issues(request -> 'callbackUrl')
         || onboarding.unknown_field_issues(request);
     end $$`,
];

function literals(texts: readonly string[]): string {
  return texts.map((text) => `'${text}'`).join(', ');
}
