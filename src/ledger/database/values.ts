/**
 * How both drivers read what JavaScript has no single type for, so that a row looks the same from either.
 * The keys are PostgreSQL's type ids (pg_type.oid), which never change.
 */
export const VALUE_PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  /** int8: counts, far below 2^53. */
  20: Number,
  /** timestamptz, as ISO 8601 in UTC with milliseconds. */
  1184: readInstant,
};

/** With three digits behind the second, in UTC, as nearly all of them come: nothing has to be reckoned. */
const PLAIN_INSTANT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+00$/;

/** Reads PostgreSQL's `2026-11-22 23:15:53.676+00`, whatever time zone the session has. */
function readInstant(text: string): string {
  if (PLAIN_INSTANT.test(text)) return `${text.slice(0, 10)}T${text.slice(11, 23)}Z`;
  const iso = text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');
  return new Date(iso).toISOString();
}

/**
 * PostgreSQL's text holds neither NUL nor half a surrogate pair. What callers send is refused at intake; what AWS
 * or a proxy put into an error message is not ours to refuse, and must never keep a result from being saved.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
