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

/** JSON with the same meaning: inside strings `\u009b` and the raw character are equal. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSAFE_IN_JSON, escaped);
}

/** The same on one line, for programs that read line by line. */
export function safeJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE_IN_JSON, escaped);
}
