/** What holds for every text and every key that a caller chooses. */
import { invalid, valid, type Checked, type FieldIssue } from './field-issue.ts';
import { quoted, shown, UNSEEN } from './shown.ts';

/** Names that mean something else to JavaScript objects; refused everywhere a caller can choose a key. */
export const RESERVED_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

// Control characters break terminals and logs, and PostgreSQL's text cannot hold NUL at all.
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

export const isReservedKey = (key: string): boolean => RESERVED_KEYS.includes(key);

export const notText = (field: string, value: unknown): FieldIssue => ({
  field,
  code: 'invalid_type',
  message: `Send this as text in quotes, not ${shown(value)}.`,
});

/** An optional text: null when it was left out. Nothing is trimmed. */
export function parseText(value: unknown, field: string, maxLength: number): Checked<string | null> {
  if (!isGiven(value)) return valid(null);
  if (typeof value !== 'string') return invalid(notText(field, value));
  const issues = textIssues(value, field, { maxLength });
  return issues.length === 0 ? valid(value) : invalid(...issues);
}

/**
 * What is wrong with a text; `maxLength` counts UTF-16 units.
 * @param subject what the message calls it, where the text itself must not be shown
 */
export function textIssues(
  value: string,
  field: string,
  {
    maxLength,
    subject = () => quoted(value),
  }: { readonly maxLength: number; readonly subject?: () => string },
): FieldIssue[] {
  if (value.length > maxLength) {
    return [
      {
        field,
        code: 'too_long',
        message: `${subject()} has ${value.length} characters; at most ${maxLength} are allowed.`,
      },
    ];
  }
  if (CONTROL_CHARACTERS.test(value) || !value.isWellFormed()) {
    return [
      {
        field,
        code: 'invalid_text',
        message: `${subject()} has control characters or lone surrogates: send plain Unicode text.`,
      },
    ];
  }
  return [];
}

/** How much of a key is shown, in UTF-16 units. */
export const SHOWN_KEY_LENGTH = 64;

/** A key that a caller chose, as the name of a field in an answer: cut, and fit for logs and for the ledger. */
export function shownKey(key: string): string {
  return key.slice(0, SHOWN_KEY_LENGTH).toWellFormed().replace(UNSEEN, '\ufffd');
}

export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
