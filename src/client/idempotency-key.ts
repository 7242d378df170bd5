import type { CallError } from './answers.ts';

const HEADER = 'Idempotency-Key';
/** What the service takes, and any fetch can send. */
const KEY = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** The header under which a call may be repeated, or the refusal that the service itself would give. */
export function keyHeader(
  key: string,
):
  | { readonly ok: true; readonly headers: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly error: CallError } {
  if (KEY.test(key)) return { ok: true, headers: { [HEADER]: key } };
  return {
    ok: false,
    error: {
      kind: 'problem',
      status: 400,
      code: 'invalid_request',
      detail:
        'An idempotency key has 1 to 255 printable ASCII characters and no space at its ends, such as a UUID.',
      field: HEADER,
    },
  };
}
