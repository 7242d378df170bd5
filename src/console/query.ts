import { parseInstant } from '../domain/instant.ts';

/** The text of a field of an address, without blanks around it; empty when it is not there. */
export function textIn(query: unknown, name: string): string {
  if (typeof query !== 'object' || query === null || !Object.hasOwn(query, name)) return '';
  const value = (query as Record<string, unknown>)[name];
  return typeof value === 'string' ? value.trim() : '';
}

/** Every text of a field that may come more than once, as check boxes send theirs. */
export function textsIn(query: unknown, name: string): readonly string[] {
  if (typeof query !== 'object' || query === null || !Object.hasOwn(query, name)) return [];
  const value = (query as Record<string, unknown>)[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string');
}

/** A date, or a date with a time of day; without an offset it is UTC, as everything else here. */
export function readInstant(text: string): string | undefined {
  const match =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?)(Z|[+-][0-9]{2}:[0-9]{2})?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, day = '', time = '00:00', zone = 'Z'] = match;
  const instant = parseInstant(`${day}T${time}${zone}`, '');
  return instant.ok ? (instant.value ?? undefined) : undefined;
}

export const INSTANT_HINT = 'A date and time such as 2026-11-25 13:00, in UTC.';

/** The fields of a list's form, as its address has them, each read on its own. What is empty is not filtered by. */
export interface ReadFields<Field extends string> {
  readonly filter: Readonly<Partial<Record<Field, string>>>;
  /** What was asked for, to show again as it was typed. */
  readonly given: Readonly<Partial<Record<Field, string>>>;
  /** Fields that cannot be understood, each with what would be; they are not filtered by. */
  readonly problems: Readonly<Partial<Record<Field, string>>>;
  readonly cursor: string | undefined;
}

/** How one field is read: undefined when it cannot be, and then what it must be is said. */
export interface FieldReader {
  readonly read: (text: string) => string | undefined;
  readonly must: string;
}

const LENGTH_MAX = 200;

/** Reads the filters of a list from its address. Unknown names are left alone: links get decorated on their way. */
export function readFields<Field extends string>(
  query: unknown,
  readers: Readonly<Record<Field, FieldReader>>,
): ReadFields<Field> {
  const given: Partial<Record<Field, string>> = {};
  const problems: Partial<Record<Field, string>> = {};
  const filter: Partial<Record<Field, string>> = {};
  for (const name of Object.keys(readers) as Field[]) {
    const text = textIn(query, name);
    if (text === '') continue;
    given[name] = text.slice(0, LENGTH_MAX);
    const value = text.length > LENGTH_MAX ? undefined : readers[name].read(text);
    if (value === undefined) problems[name] = readers[name].must;
    else filter[name] = value;
  }
  const cursor = textIn(query, 'cursor');
  return { filter, given, problems, cursor: cursor === '' ? undefined : cursor };
}

/** The address of a list with these filters, in the order that the form has them. */
export function hrefOf(
  path: string,
  given: Readonly<Partial<Record<string, string>>>,
  cursor?: string,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.size === 0 ? path : `${path}?${query}`;
}

const VALUES_MAX = 50;

/** Every text that an address has under a name, each once; the first fifty. */
export function allIn(query: unknown, name: string): readonly string[] {
  const texts = textsIn(query, name).filter((text) => text !== '');
  return [...new Set(texts)].slice(0, VALUES_MAX);
}
