import { maskAccounts } from '../domain/as-signup-sees.ts';

const MESSAGE_MAX_LENGTH = 500;
const CODE_MAX_LENGTH = 200;
/** More than this is never looked at: the text comes from the network. */
const READ_MAX_LENGTH = 4_000;

/** From here on, an error text of AWS or of the SDK holds what must not be stored or does not help. */
const CUTS: readonly RegExp[] = [
  // InvalidSignatureException quotes the whole request, session token included.
  /The (Canonical String|String-to-Sign)/i,
  // The SDK's hint to look at a member that is not stored.
  /Deserialization error: to see the raw response/,
  // IncompleteSignature quotes the header.
  /(in )?Authorization header:/i,
  /<!doctype|<html/i,
];

const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(Credential|Signature|X-Amz-Security-Token)\s*[=:]\s*[^\s,]+/gi, '$1=…'],
  [/\b(AKIA|ASIA)[A-Z0-9]{8,}\b/g, '$1…'],
];

/**
 * An error text that may be stored and shown: one line of at most 500 characters, without control characters,
 * markup, signed requests or access keys. Empty when nothing is left.
 */
export function safeMessage(raw: unknown): string {
  if (typeof raw !== 'string' && typeof raw !== 'number') return '';
  const text = CUTS.reduce((rest, cut) => upTo(rest, cut), cutTo(String(raw), READ_MAX_LENGTH));
  const redacted = SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
  return oneLine(redacted, MESSAGE_MAX_LENGTH);
}

/**
 * AWS's own name for an error, unchanged unless it is no name at all: PostgreSQL stores neither NUL nor half a character.
 * Codes go everywhere, such as into Redis and the log, so they never contain an account id.
 */
export function safeCode(name: string): string {
  return oneLine(maskAccounts(name), CODE_MAX_LENGTH);
}

function upTo(text: string, cut: RegExp): string {
  const at = text.search(cut);
  return at === -1 ? text : text.slice(0, at);
}

function oneLine(text: string, maxLength: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  const short = line.length > maxLength ? `${cutTo(line, maxLength - 1)}…` : line;
  return short.toWellFormed();
}

/** Never ends inside a number: the first eleven digits of an account id would no longer be recognized as one. */
function cutTo(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return text.slice(0, maxLength).replace(/(?:\p{Nd}[\p{Pd}\s]?){1,11}$/u, '');
}
