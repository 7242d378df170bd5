import { ISSUES_MAX } from '../../../../domain/field-issue.ts';
import { SEGMENT_CHARACTERS } from '../../../../domain/source-name.ts';
import { CONTROL_CHARACTERS, SHOWN_KEY_LENGTH } from '../../../../domain/text.ts';

/**
 * What holds for every text that a caller sends, as src/domain/text.ts and src/domain/source-name.ts have it. They are
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

  `create function onboarding.text_issues(value text, field text, max_length integer) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when onboarding.utf16_length(value) > max_length then jsonb_build_array(onboarding.issue(field, 'too_long',
         format('At most %s characters are allowed; this has %s.', max_length, onboarding.utf16_length(value))))
       when value ~ '${CONTROL_CHARACTERS.source}' then jsonb_build_array(onboarding.issue(field, 'invalid_text',
         'Send plain Unicode text without control characters.'))
       else '[]' end $$`,

  // The first UTF-16 units; half of a pair at the cut, and what a terminal acts on (the categories Cc, Cf, Zl, Zp),
  // become U+FFFD.
  `create function onboarding.shown_key(key text) returns text
     language sql stable parallel safe
     as $$ select coalesce(string_agg(case when ends > ${SHOWN_KEY_LENGTH} or letter ~ '${unseen()}' then chr(65533) else letter end,
         '' order by position), '')
       from (
         select letter, position, units, sum(units) over (order by position) as ends
         from (select letter, position, case when ascii(letter) > 65535 then 2 else 1 end as units
               from regexp_split_to_table(left(key, ${SHOWN_KEY_LENGTH}), '') with ordinality as split (letter, position)) as counted
       ) as placed
       where ends - units < ${SHOWN_KEY_LENGTH} $$`,

  `create function onboarding.segment_issue(field text, segment text) returns jsonb
     language sql stable parallel safe
     as $$ select case
       when segment = '' then onboarding.issue(field, 'invalid_source_name',
         'A segment is empty: check for a leading, trailing or doubled "/".')
       when segment ~ '^[.]+$' then onboarding.issue(field, 'invalid_source_name',
         'A segment is only dots, which tools that build paths from the name misread: use letters or digits.')
       when segment !~ '^[${SEGMENT_CHARACTERS}]+$' then onboarding.issue(field, 'invalid_source_name',
         format('The segment "%s" holds something that is not allowed; allowed are A-Z a-z 0-9 . - _',
           onboarding.shown_key(segment)))
       end $$`,

  // Each different bad segment once. A good path is known at a glance: it has no segment that is empty or only dots.
  `create function onboarding.path_issues(field text, path text) returns jsonb
     language plpgsql stable parallel safe
     as $$
     begin
       if path ~ '^[${SEGMENT_CHARACTERS}/]+$' and path !~ '(^|/)[.]*(/|$)' then return '[]'; end if;
       return (select coalesce(jsonb_agg(issue order by place), '[]')
         from (
           select min(place) as place, onboarding.segment_issue(field, segment) as issue
           from regexp_split_to_table(path, '/') with ordinality as split (segment, place)
           where onboarding.segment_issue(field, segment) is not null
           group by segment order by min(place) limit ${ISSUES_MAX}
         ) as bad);
     end $$`,
];

/** PostgreSQL's regular expressions know no Unicode categories, so here they are in full. */
function unseen(): string {
  const ranges = [
    '0001-001f 007f-009f 00ad 0600-0605 061c 06dd 070f 0890-0891 08e2 180e 200b-200f 2028-202e 2060-2064 2066-206f',
    'feff fff9-fffb 110bd 110cd 13430-1343f 1bca0-1bca3 1d173-1d17a e0001 e0020-e007f',
  ];
  const escaped = (hex: string): string => (hex.length === 4 ? `\\u${hex}` : `\\U${hex.padStart(8, '0')}`);
  return `[${ranges
    .join(' ')
    .split(' ')
    .map((range) => range.split('-').map(escaped).join('-'))
    .join('')}]`;
}
