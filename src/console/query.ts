import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseInstant } from '../domain/instant.ts';
import { shown } from '../domain/shown.ts';

/** The text of a field of an address or a form, without blanks around it; empty when it is not there. */
export function textIn(fields: unknown, name: string): string {
  const [text = '', ...others] = textsIn(fields, name);
  return others.length === 0 ? text.trim() : '';
}

/** Every text of a field that may come more than once, as check boxes send theirs. */
export function textsIn(fields: unknown, name: string): readonly string[] {
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return [];
  const values: readonly unknown[] = [(fields as Record<string, unknown>)[name]].flat();
  return values.filter((one) => typeof one === 'string');
}

/** What the id in the address names; undefined: there is nothing of this id, or it is none. */
export async function findNamed<Id extends string, Thing>(
  { params }: FastifyRequest,
  isId: (text: string) => text is Id,
  get: (id: Id) => Promise<Thing | undefined>,
): Promise<Thing | undefined> {
  const { id = '' } = params as { id?: string };
  return isId(id) ? get(id) : undefined;
}

const TEXT_MAX = 200;

/** A field that may hold any text of at most 200 characters. @param must what to say of any other */
export const anyText = (must: string) => z.string().max(TEXT_MAX, must);

/** A field that holds one of a few words. */
export const oneOf = <Choice extends string>(choices: readonly Choice[]) =>
  z.enum(choices, `Enter one of ${choices.join(', ')}.`);

/** A date, or a date with a time of day, as ISO 8601 in UTC; without an offset it is UTC, as everything else here. */
export const instantField = z
  .string()
  .transform(readInstant)
  .pipe(z.string('Enter a UTC date and time such as 2026-11-25 13:00.'));

function readInstant(text: string): string | undefined {
  const match =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?)(Z|[+-][0-9]{2}:[0-9]{2})?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, day = '', time = '00:00', zone = 'Z'] = match;
  const instant = parseInstant(`${day}T${time}${zone}`, '');
  return instant.ok ? (instant.value ?? undefined) : undefined;
}

/** How each field of a list's form is read; a schema's message says what the field must be. */
export type FieldSchemas = Readonly<Record<string, z.ZodType<unknown, string>>>;

/** The fields of a list's form, as its address has them, each read on its own. What is empty is not filtered by. */
export interface ReadFields<Schemas extends FieldSchemas> {
  readonly filter: { readonly [Field in keyof Schemas]?: z.output<Schemas[Field]> };
  /** What was asked for, to show again as it was typed. */
  readonly given: { readonly [Field in keyof Schemas]?: string };
  /** Fields that cannot be understood, each with what would be; they are not filtered by. */
  readonly problems: { readonly [Field in keyof Schemas]?: string };
  readonly cursor: string | undefined;
}

const SHOWN_AGAIN_MAX = 1_000;

/** Reads the filters of a list from its address. Unknown names are left alone: links get decorated on their way. */
export function readFields<Schemas extends FieldSchemas>(
  query: unknown,
  schemas: Schemas,
): ReadFields<Schemas> {
  const filter: Record<string, unknown> = {};
  const given: Record<string, string> = {};
  const problems: Record<string, string> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const texts = textsIn(query, name);
    if (texts.length > 1) problems[name] = `Enter one value, not ${shown(texts)}.`;
    const text = textIn(query, name);
    if (text === '') continue;
    given[name] = text.slice(0, SHOWN_AGAIN_MAX);
    const read = schema.safeParse(text);
    if (read.success) filter[name] = read.data;
    else problems[name] = refusal(read.error.issues[0]?.message, text);
  }
  const cursor = textIn(query, 'cursor');
  return { filter, given, problems, cursor: cursor === '' ? undefined : cursor } as ReadFields<Schemas>;
}

const refusal = (must = '', text: string): string => `${must.replace(/\.$/, '')}, not ${shown(text)}.`;

/** The address of a list with these filters; what is empty is not in it. */
export function hrefOf(
  path: string,
  given: Readonly<Partial<Record<string, string>>>,
  cursor?: string,
): string {
  const query = new URLSearchParams();
  for (const [name, value = ''] of Object.entries(given)) if (value !== '') query.set(name, value);
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.size === 0 ? path : `${path}?${query}`;
}
