import stringWidth from 'string-width';

/**
 * Whatever was stored came from outside: a name or an error text could move the cursor, recolour the screen or
 * reverse the reading direction. Such characters are shown as escapes and never sent to the terminal.
 */

// C0, DEL and C1 controls; line and paragraph separators; marks, embeddings and isolates that reorder text; BOM.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
// The same without line breaks and tabs, which JSON's own layout uses and its strings cannot hold.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line of plain text. */
export function safeText(text: string): string {
  return text.toWellFormed().replace(UNSAFE, escaped);
}

/** The same of a text of several lines, which keep their ends. */
export const safeLines = (text: string): string => text.split('\n').map(safeText).join('\n');

/**
 * JSON with the same meaning: inside strings `\u009b` and the raw character are equal.
 * @param indent 0 writes one line, for programs that read line by line
 */
export function safeJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE_IN_JSON, escaped);
}

/** Which part of a text that is too long is kept. */
export type Cut = 'start' | 'end' | 'ends';

/** A text of at most `width` columns; an ellipsis stands for what is missing. Wide characters are never halved. */
export function cutText(text: string, width: number, keep: Cut = 'start'): string {
  if (stringWidth(text) <= width) return text;
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  const room = Math.max(0, width - 1);
  const startRoom = { start: room, end: 0, ends: Math.floor(room / 3) }[keep];
  const start = asMany(characters, startRoom);
  const end = asMany(
    characters.slice(start.length).reverse(),
    keep === 'start' ? 0 : room - startRoom,
  ).reverse();
  return `${start.join('')}…${end.join('')}`;
}

/** The first characters, as many as fit. */
function asMany(characters: readonly string[], width: number): string[] {
  const kept: string[] = [];
  let left = width;
  for (const character of characters) {
    left -= stringWidth(character);
    if (left < 0) break;
    kept.push(character);
  }
  return kept;
}

/** Breaks a text at spaces to fit a terminal; undefined: one line, whatever its length. */
export function wrapped(text: string, columns: number | undefined, indent = ''): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > columns) {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\n');
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** `3m ago`, `in 2h`; a text that is not an instant is returned unchanged. @param now milliseconds since 1970 */
export function relativeTime(instant: string, now: number): string {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return instant;
  const seconds = Math.round((now - at) / 1_000);
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`;
}

/** The largest unit alone: `3m`. @param seconds ≥ 0 */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [unit, size] = UNITS.find(([, least]) => whole >= least) ?? ['s', 1];
  return `${Math.floor(whole / size)}${unit}`;
}
