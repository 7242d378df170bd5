import { invalid, ISSUES_MAX, valid, type Checked, type FieldIssue } from './field-issue.ts';
import { shown } from './shown.ts';
import { isGiven, isReservedKey, shownKey, textIssues, utf8Length } from './text.ts';

export const METADATA_MAX_PAIRS = 50;
export const METADATA_MAX_BYTES = 8_192;

/** Reads the caller's own text pairs, kept as sent; `{}` when there are none. At most twenty issues are reported. */
export function parseMetadata(value: unknown): Checked<Readonly<Record<string, string>>> {
  if (!isGiven(value)) return valid({});
  if (typeof value !== 'object' || Array.isArray(value)) {
    return invalid({
      field: 'metadata',
      code: 'invalid_type',
      message: 'Send metadata as an object of text values.',
    });
  }
  const pairs = Object.entries(value as Record<string, unknown>);
  const issues: FieldIssue[] = [];
  for (const [key, entry] of pairs) {
    if (issues.length >= ISSUES_MAX) break;
    issues.push(...pairIssues(key, entry));
  }
  if (pairs.length > METADATA_MAX_PAIRS) {
    issues.push({
      field: 'metadata',
      code: 'too_many_entries',
      message: `At most ${METADATA_MAX_PAIRS} pairs are allowed; this has ${pairs.length}.`,
    });
  }
  if (issues.length > 0) return invalid(...issues.slice(0, ISSUES_MAX));
  // Only now is everything text: other values (a BigInt from a caller in this process) can make stringify throw.
  const metadata = Object.fromEntries(pairs) as Record<string, string>;
  const bytes = utf8Length(JSON.stringify(metadata));
  if (bytes <= METADATA_MAX_BYTES) return valid(metadata);
  return invalid({
    field: 'metadata',
    code: 'too_long',
    message: `At most ${METADATA_MAX_BYTES} bytes as JSON are allowed; this has ${bytes}.`,
  });
}

function pairIssues(key: string, entry: unknown): FieldIssue[] {
  const field = `metadata.${shownKey(key)}`;
  if (isReservedKey(key)) {
    return [
      {
        field,
        code: 'reserved_key',
        message: `The key ${shown(key)} is reserved by JavaScript: choose another name.`,
      },
    ];
  }
  if (typeof entry !== 'string')
    return [{ field, code: 'invalid_type', message: 'Send this value as text in quotes.' }];
  return [
    ...textIssues(key, field, { maxLength: METADATA_MAX_BYTES }),
    // Personal data, perhaps: only the key is shown.
    ...textIssues(entry, field, { maxLength: METADATA_MAX_BYTES, subject: () => 'This value' }),
  ];
}
