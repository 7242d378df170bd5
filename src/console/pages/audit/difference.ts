import { exactTime } from '../../format.ts';

/** One member that an action changed, as texts: undefined where there was, or is, nothing. */
export interface Difference {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What tells most comes first; the database keeps members in no order that means anything. */
const FIRST = ['status', 'replays', 'error', 'errorCode', 'outcome'];

/**
 * What an action changed, member by member. What stayed as it was is left out, and of an entry with one side alone
 * everything that is something is shown.
 */
export function differencesOf(before: object | null, after: object | null): readonly Difference[] {
  const was = entries(before);
  const is = entries(after);
  const names = [...new Set([...FIRST, ...[...was.keys(), ...is.keys()].sort()])];
  return names.flatMap((name) => {
    const one = shown(was.get(name));
    const other = shown(is.get(name));
    return one === other ? [] : [{ name, before: one, after: other }];
  });
}

const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$/;

const entries = (state: object | null): ReadonlyMap<string, unknown> => new Map(Object.entries(state ?? {}));

/** An error by its code, which says all that a list needs; other objects by their members. */
function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return INSTANT.test(value) ? exactTime(value) : value;
  if (typeof value !== 'object') return JSON.stringify(value);
  if ('code' in value && typeof value.code === 'string') return value.code;
  const members = Object.entries(value).map(([name, member]) =>
    Array.isArray(member) ? `${name}: ${member.length}` : `${name}: ${String(member)}`,
  );
  return members.length === 0 ? undefined : members.join(', ');
}
