/** How deep lists and objects may nest in JSON from outside. Nothing that is read here nests deeper than 4. */
export const JSON_DEPTH_MAX = 32;

/** How many values JSON from outside may hold. A full batch with 50 metadata pairs in every item has 60,000. */
export const JSON_VALUES_MAX = 100_000;

export type JsonExcess = 'depth' | 'values';

/**
 * Which limit UTF-8 JSON exceeds; undefined: none. Checked before parsing, whose cost depends on the number of values: 16 MB of
 * empty objects take seconds, 16 MB of text milliseconds. One pass over the bytes, 1 to 2 ms per MB, counts commas and opening
 * brackets; it does not check that the bytes are JSON.
 */
export function jsonExcess(bytes: Uint8Array): JsonExcess | undefined {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfText(bytes, index + 1);
    else if (byte === COMMA) values += 1;
    else if (byte === OPENING_BRACKET || byte === OPENING_BRACE) {
      values += 1;
      depth += 1;
      if (depth > JSON_DEPTH_MAX) return 'depth';
    } else if (byte === CLOSING_BRACKET || byte === CLOSING_BRACE) depth -= 1;
    if (values > JSON_VALUES_MAX) return 'values';
  }
  return undefined;
}

/** The index of the quote that ends a text; past the end where nothing ends it. */
function endOfText(bytes: Uint8Array, start: number): number {
  let index = start;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return index;
}

/**
 * A name that JSON text has twice in one object, of which `JSON.parse` silently keeps the last; undefined: none has.
 * @param value what was parsed of it
 */
export function repeatedName(text: string, value: unknown): string | undefined {
  return colonsIn(text) === membersOf(value) ? undefined : firstRepeated(text);
}

/** Every member has one colon, outside texts. */
function colonsIn(json: string): number {
  let colons = 0;
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === COLON) colons += 1;
    else if (code === QUOTE) index = closingQuote(json, index + 1);
  }
  return colons;
}

function closingQuote(json: string, start: number): number {
  let at = json.indexOf('"', start);
  while (isEscaped(json, at)) at = json.indexOf('"', at + 1);
  return at;
}

function isEscaped(json: string, at: number): boolean {
  let before = at;
  while (json.charCodeAt(before - 1) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 1;
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const values: readonly unknown[] = Object.values(value);
  return values.reduce<number>((sum, it) => sum + membersOf(it), Array.isArray(value) ? 0 : values.length);
}

function firstRepeated(json: string): string | undefined {
  const namesOfOpen: Set<string>[] = [];
  let text = '';
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}:]/g)) {
    if (token === '{') namesOfOpen.push(new Set());
    else if (token === '}') namesOfOpen.pop();
    else if (token !== ':') text = token;
    else {
      // Compared as they are meant: a letter may be written as an escape.
      const name = JSON.parse(text) as string;
      const names = namesOfOpen.at(-1);
      if (names?.has(name) === true) return name;
      names?.add(name);
    }
  }
  return undefined;
}

const COLON = 0x3a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * A value as JSON that PostgreSQL's jsonb can hold. It takes neither NUL nor half a surrogate pair, and its error would
 * end the caller's transaction without naming the field; another control character in their place is refused as they
 * are, field by field.
 */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined;
  return (json ?? 'null').replace(/\\(u(?:0000|d[89a-f][0-9a-f]{2})|.)/g, (escape, what: string) =>
    what.length === 5 ? '\\u0001' : escape,
  );
}
