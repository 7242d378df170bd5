import { ISSUES_MAX } from '../../../../domain/field-issue.ts';
import {
  BLANKS,
  INVISIBLE,
  OTHER_DIGITS,
  OTHER_LETTERS,
  SEARCHED_LENGTH,
  SHOWN_ITEMS,
  SHOWN_LENGTH,
} from '../../../../domain/shown.ts';
import { SEGMENT_CHARACTERS } from '../../../../domain/source-name.ts';
import { CONTROL_CHARACTERS, SHOWN_KEY_LENGTH } from '../../../../domain/text.ts';

/**
 * What holds for every text that a caller sends, as src/domain/text.ts, shown.ts and source-name.ts have it. They are
 * called by `onboarding.accept` alone and run with its search_path.
 */
export const TEXT_FUNCTIONS: readonly string[] = [
  `create function onboarding.issue(field text, code text, message text) returns jsonb
     language sql stable parallel safe
     as $$ select jsonb_build_object('field', field, 'code', code, 'message', message) $$`,

  // JavaScript counts what lies beyond U+FFFF twice.
  `create function onboarding.utf16_length(value text) returns integer
     language sql stable parallel safe
     as $$ select char_length(value)
       + char_length(regexp_replace(value, '[^\\U00010000-\\U0010FFFF]', '', 'g')) $$`,

  ...shownFunctions(),

  `create function onboarding.text_issues(value text, field text, max_length integer, subject text default null) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when onboarding.utf16_length(value) > max_length then jsonb_build_array(onboarding.issue(field, 'too_long',
         format('%s has %s characters; at most %s are allowed.', coalesce(subject, onboarding.quoted(value)),
           onboarding.utf16_length(value), max_length)))
       when value ~ '${CONTROL_CHARACTERS.source}' then jsonb_build_array(onboarding.issue(field, 'invalid_text',
         format('%s has control characters or lone surrogates: send plain Unicode text.',
           coalesce(subject, onboarding.quoted(value)))))
       else '[]' end $$`,

  // The first UTF-16 units; half of a pair at the cut, and what is invisible, become U+FFFD.
  `create function onboarding.shown_key(key text) returns text
     language sql stable parallel safe
     as $$ select coalesce(string_agg(case when ends > ${SHOWN_KEY_LENGTH} or letter ~ '${inRanges(INVISIBLE)}' then chr(65533) else letter end,
         '' order by position), '')
       from (
         select letter, position, units, sum(units) over (order by position) as ends
         from (select letter, position, case when ascii(letter) > 65535 then 2 else 1 end as units
               from regexp_split_to_table(left(key, ${SHOWN_KEY_LENGTH}), '') with ordinality as split (letter, position)) as counted
       ) as placed
       where ends - units < ${SHOWN_KEY_LENGTH} $$`,

  `create function onboarding.segment_issue(field text, segment text, path text) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when segment = '' then onboarding.issue(field, 'invalid_source_name',
         format('%s has an empty segment: check for a leading, trailing or doubled "/".', onboarding.shown(to_jsonb(path))))
       when segment ~ '^[.]+$' then onboarding.issue(field, 'invalid_source_name',
         format('The segment %s is only dots, which tools that build paths from the name misread: use letters or digits.',
           onboarding.shown(to_jsonb(segment))))
       when segment !~ '^[${SEGMENT_CHARACTERS}]+$' then onboarding.issue(field, 'invalid_source_name',
         format('The segment %s holds %s; allowed are A-Z a-z 0-9 . - _', onboarding.shown(to_jsonb(segment)),
           (select string_agg(onboarding.quoted(letter), ', ' order by place)
            from (select letter, min(place) as place
                  from regexp_split_to_table(segment, '') with ordinality as split (letter, place)
                  where letter !~ '[${SEGMENT_CHARACTERS}]' group by letter order by min(place) limit 5) as bad)))
       end $$`,

  // Each different bad segment once. A good path is known at a glance: it has no segment that is empty or only dots.
  `create function onboarding.path_issues(field text, path text) returns jsonb
     language plpgsql stable parallel safe
     as $$
     begin
       if path ~ '^[${SEGMENT_CHARACTERS}/]+$' and path !~ '(^|/)[.]*(/|$)' then return '[]'; end if;
       return (select coalesce(jsonb_agg(issue order by place), '[]')
         from (
           select min(place) as place, onboarding.segment_issue(field, segment, path) as issue
           from regexp_split_to_table(path, '/') with ordinality as split (segment, place)
           where onboarding.segment_issue(field, segment, path) is not null
           group by segment order by min(place) limit ${ISSUES_MAX}
         ) as bad);
     end $$`,
];

/** How a refused value appears in a message, as src/domain/shown.ts has it. */
function shownFunctions(): readonly string[] {
  const invisible = inRanges(INVISIBLE);
  return [
    // to_json escapes what JSON must; the rest are the invisible characters beyond ASCII, in UTF-16 units.
    `create function onboarding.quoted(value text) returns text
       language sql stable parallel safe
       as $$ select string_agg(case
           when letter !~ '${invisible}' then letter
           when ascii(letter) < 65536 then '\\u' || lpad(to_hex(ascii(letter)), 4, '0')
           else '\\u' || to_hex(55296 + ((ascii(letter) - 65536) >> 10)) || '\\u' || to_hex(56320 + (ascii(letter) & 1023)) end,
           '' order by place)
         from regexp_split_to_table(to_json(case when char_length(value) > ${SHOWN_LENGTH}
           then left(value, ${SHOWN_LENGTH}) || '…' else value end)::text, '') with ordinality as split (letter, place) $$`,

    `create function onboarding.flaws(value text) returns text
       language sql stable parallel safe
       as $$ select case when onboarding.utf16_length(value) > ${SEARCHED_LENGTH} then '' else coalesce(
         ' (has ' || nullif(concat_ws(' and ',
           case when value ~ '^[${BLANKS}]|[${BLANKS}]$' then 'surrounding blanks' end,
           case when regexp_replace(value, '^[${BLANKS}]+|[${BLANKS}]+$', '', 'g') ~ '${invisible}' then 'invisible characters' end,
           case when value ~ '${inRanges(OTHER_DIGITS)}' then 'digits other than 0-9' end,
           case when value ~ '[A-Za-z]' and value ~ '${inRanges(OTHER_LETTERS)}' then 'letters of another alphabet' end), '')
         || ')', '') end $$`,

    `create function onboarding.shown_item(value jsonb) returns text
       language sql stable parallel safe
       as $$ select case jsonb_typeof(value) when 'string' then onboarding.quoted(value #>> '{}')
         when 'array' then '[…]' when 'object' then '{…}' else left(value::text, ${SHOWN_LENGTH}) end $$`,

    `create function onboarding.shown(value jsonb) returns text
       language sql stable parallel safe
       as $$ select case jsonb_typeof(value)
         when 'string' then onboarding.quoted(value #>> '{}') || onboarding.flaws(value #>> '{}')
         when 'array' then '[' || concat_ws(', ', (
             select string_agg(onboarding.shown_item(item), ', ' order by place)
             from jsonb_array_elements(value) with ordinality as listed (item, place) where place <= ${SHOWN_ITEMS}),
           case when jsonb_array_length(value) > ${SHOWN_ITEMS} then '…' end) || ']'
         else coalesce(onboarding.shown_item(value), 'null') end $$`,

    // Without user name, password, query and fragment.
    `create function onboarding.without_secrets(url text) returns text
       language sql stable parallel safe
       as $$ select regexp_replace(regexp_replace(url, '^([A-Za-z][A-Za-z0-9+.-]*://)?.*@', '\\1…@'), '([?#]).+$', '\\1…') $$`,
  ];
}

/** A bracket expression; PostgreSQL's regular expressions know no Unicode categories. */
function inRanges(ranges: string): string {
  const escaped = (hex: string): string => (hex.length === 4 ? `\\u${hex}` : `\\U${hex.padStart(8, '0')}`);
  return `[${ranges.replaceAll(/[0-9a-f]+/g, escaped).replaceAll(' ', '')}]`;
}
