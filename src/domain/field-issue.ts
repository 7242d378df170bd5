/** One thing that is wrong with an input: which field, a stable code, and a sentence that names the fix. */
export interface FieldIssue {
  readonly field: string;
  readonly code: FieldIssueCode;
  readonly message: string;
}

/** Stable codes: programs compare these, never the sentences. docs/errors.md explains each; a test compares the two. */
export const FIELD_ISSUE_CODES = [
  'required',
  'invalid_type',
  'invalid_account',
  'region_not_registered',
  'invalid_source_name',
  'source_name_too_long',
  'wrong_partner',
  'conflicting_fields',
  'invalid_lane',
  'invalid_text',
  'too_long',
  'too_many_entries',
  'reserved_key',
  'invalid_url',
  'invalid_status',
  'invalid_instant',
  'invalid_id',
  'out_of_range',
  'unknown_field',
  'duplicate_column',
  'unreadable_row',
] as const;
export type FieldIssueCode = (typeof FIELD_ISSUE_CODES)[number];

/** A value, or everything that is wrong with it at once. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly FieldIssue[] };

/** Of one field: a body full of faults is not answered with a body full of issues. */
export const ISSUES_MAX = 20;

export const valid = <T>(value: T): Checked<T> => ({ ok: true, value });

export const invalid = (...issues: FieldIssue[]): Checked<never> => ({ ok: false, issues });
