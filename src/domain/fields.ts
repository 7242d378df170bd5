/** An object that a caller sends: each field is checked by itself, and everything that is wrong is said at once. */
import { invalid, ISSUES_MAX, valid, type Checked, type FieldIssue } from './field-issue.ts';
import { shown } from './shown.ts';
import { isReservedKey, shownKey } from './text.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const issuesOf = (check: Checked<unknown>): readonly FieldIssue[] => (check.ok ? [] : check.issues);

type Checks = Readonly<Record<string, Checked<unknown>>>;

/** The values of all fields; or their errors, followed by further errors. */
export function allValid<C extends Checks>(
  checks: C,
  ...others: readonly FieldIssue[]
): Checked<{ readonly [K in keyof C]: C[K] extends Checked<infer T> ? T : never }> {
  const issues = [...Object.values(checks).flatMap(issuesOf), ...others];
  if (issues.length > 0) return invalid(...issues);
  const values = Object.entries(checks).map(([name, check]) => [name, check.ok ? check.value : undefined]);
  return valid(Object.fromEntries(values));
}

/** @param path what stands before the name of such a field: `filter.` */
export function unknownFields(fields: Fields, known: readonly string[], path = ''): readonly FieldIssue[] {
  return Object.keys(fields)
    .filter((field) => !known.includes(field))
    .slice(0, ISSUES_MAX)
    .map((field) => ({
      field: `${path}${shownKey(field)}`,
      code: isReservedKey(field) ? 'reserved_key' : 'unknown_field',
      message: `There is no field ${shown(field)}; there are: ${known.join(', ')}.`,
    }));
}
