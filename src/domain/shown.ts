/** How a refused value appears in a message: as JSON writes it, cut, with every character that cannot be seen escaped. */

export const SHOWN_LENGTH = 60;
export const SHOWN_ITEMS = 3;
/** In longer texts nothing is searched for: an upload may hold one of megabytes. */
export const SEARCHED_LENGTH = 4_096;

/**
 * Code points that are invisible, or that a terminal acts on: controls, format characters, separators, fillers, and blanks
 * other than the space. Ranges, not Unicode properties, because the SQL function `onboarding.accept` has them too.
 */
export const INVISIBLE =
  '0001-001f 007f-00a0 00ad 034f 0600-0605 061c 06dd 070f 0890-0891 08e2 115f-1160 1680 17b4-17b5 180b-180f 2000-200f ' +
  '2028-202f 205f-206f 2800 3000 3164 fe00-fe0f feff ffa0 fff0-fffb 110bd 110cd 13430-1343f 1bca0-1bca3 1d173-1d17a e0000-e0fff';

/** Decimal digits of other scripts and in full width. */
export const OTHER_DIGITS =
  '0660-0669 06f0-06f9 07c0-07c9 0966-096f 09e6-09ef 0a66-0a6f 0ae6-0aef 0b66-0b6f 0be6-0bef 0c66-0c6f 0ce6-0cef ' +
  '0d66-0d6f 0e50-0e59 0ed0-0ed9 0f20-0f29 1040-1049 17e0-17e9 1810-1819 ff10-ff19 1d7ce-1d7ff';

/** Greek, Cyrillic, and Latin in full width: next to ordinary letters they look the same. */
export const OTHER_LETTERS = '0370-03ff 0400-052f ff21-ff3a ff41-ff5a';

/** What `\s` stands for in JavaScript, and `trim` removes; in PostgreSQL it depends on the locale. */
export const BLANKS =
  '\\u0009-\\u000d\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';

const inRanges = (ranges: string, more = ''): string =>
  `[${more}${ranges.replaceAll(/[0-9a-f]+/g, '\\u{$&}').replaceAll(' ', '')}]`;

/** Not visible in a terminal, or acted on by it. */
export const UNSEEN = new RegExp(inRanges(INVISIBLE, '\\0'), 'gu');

const hasOtherLetters = finds(inRanges(OTHER_LETTERS));

const FLAWS: readonly (readonly [string, (text: string) => boolean])[] = [
  ['surrounding blanks', (text) => text !== text.trim()],
  ['invisible characters', finds(inRanges(INVISIBLE, '\\0'), (text) => text.trim())],
  ['digits other than 0-9', finds(inRanges(OTHER_DIGITS))],
  ['letters of another alphabet', (text) => /[A-Za-z]/.test(text) && hasOtherLetters(text)],
];

function finds(pattern: string, of = (text: string) => text): (text: string) => boolean {
  const form = new RegExp(pattern, 'su');
  return (text) => form.test(of(text));
}

/**
 * A value for a message, with what the eye misses in it: `"us-east-1 " (has surrounding blanks)`. Never for secrets, and
 * not for values of metadata, which may be personal data.
 */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value) + flawsOf(value);
  if (!Array.isArray(value)) return unquoted(value);
  const items = value.slice(0, SHOWN_ITEMS).map((item: unknown) => {
    if (typeof item === 'string') return quoted(item);
    return Array.isArray(item) ? '[…]' : unquoted(item);
  });
  return `[${[...items, ...(value.length > SHOWN_ITEMS ? ['…'] : [])].join(', ')}]`;
}

/** An address, without the places where secrets stand: user name and password, query and fragment. */
export const shownUrl = (url: string): string => shown(withoutSecrets(url));

export const withoutSecrets = (url: string): string =>
  url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)?.*@/s, '$1…@').replace(/([?#]).+$/s, '$1…');

/** A text as {@link shown} writes it, without remarks. */
export function quoted(text: string): string {
  const start = Array.from(text.slice(0, 2 * SHOWN_LENGTH + 2));
  const cut = start.length > SHOWN_LENGTH ? `${start.slice(0, SHOWN_LENGTH).join('')}…` : text;
  return visible(JSON.stringify(cut));
}

/** With every character that cannot be seen as an escape. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** As JSON writes it, in UTF-16 units. */
const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

const unquoted = (value: unknown): string =>
  typeof value === 'object' && value !== null ? '{…}' : String(value).slice(0, SHOWN_LENGTH);

function flawsOf(text: string): string {
  if (text.length > SEARCHED_LENGTH) return '';
  const flaws = FLAWS.filter(([, isIn]) => isIn(text)).map(([flaw]) => flaw);
  return flaws.length === 0 ? '' : ` (has ${flaws.join(' and ')})`;
}
