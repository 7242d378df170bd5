/** What holds for every text and every key that a caller chooses. */
import { invalid, valid, type Checked, type FieldIssue } from './field-issue.ts';

/** Names that mean something else to JavaScript objects; refused everywhere a caller can choose a key. */
export const RESERVED_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

// Control characters break terminals and logs, and PostgreSQL's text cannot hold NUL at all.
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/** What a terminal acts on instead of showing: controls, and format characters such as those that turn the writing direction. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

export const isReservedKey = (key: string): boolean => RESERVED_KEYS.includes(key);

export const notText = (field: string): FieldIssue => ({
  field,
  code: 'invalid_type',
  message: 'Send this as text in quotes.',
});

/** An optional text: null when it was left out. Nothing is trimmed. */
export function parseText(value: unknown, field: string, maxLength: number): Checked<string | null> {
  if (!isGiven(value)) return valid(null);
  if (typeof value !== 'string') return invalid(notText(field));
  const issues = textIssues(value, field, maxLength);
  return issues.length === 0 ? valid(value) : invalid(...issues);
}

/** What is wrong with a text; `maxLength` counts UTF-16 units. */
export function textIssues(value: string, field: string, maxLength: number): FieldIssue[] {
  if (value.length > maxLength) {
    return [
      {
        field,
        code: 'too_long',
        message: `At most ${maxLength} characters are allowed; this has ${value.length}.`,
      },
    ];
  }
  if (CONTROL_CHARACTERS.test(value) || !value.isWellFormed()) {
    return [
      {
        field,
        code: 'invalid_text',
        message: 'Send plain Unicode text without control characters or lone surrogates.',
      },
    ];
  }
  return [];
}

/** Quoted, cut and without control characters, so that a hostile text is safe to read in a terminal. */
export function quoted(text: string): string {
  const cut = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(cut).replace(
    UNSEEN,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
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
