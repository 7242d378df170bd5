import type { CallError } from './answers.ts';

/** The longest that a timer can wait, 24.8 days; a longer time, or one that is no number, would end at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * The refusal of a number that lies outside its bounds (both included) or is none, such as `Number(undefined)`, as the
 * service itself would give it. Undefined: it is in order, or was not given.
 */
export function refusedNumber(
  field: string,
  value: number | undefined,
  { min, max }: { min: number; max: number },
): { readonly ok: false; readonly error: CallError } | undefined {
  if (value === undefined || (typeof value === 'number' && value >= min && value <= max)) return undefined;
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return refused(field, `must be a number ${range}, not ${shown(value)}.`);
}

/** The refusal of a body with a number that JSON does not have: `JSON.stringify` would send null in its place. */
export function refusedJson(json: unknown): { readonly ok: false; readonly error: CallError } | undefined {
  let refusal: ReturnType<typeof refusedJson>;
  JSON.stringify(json, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value))
      refusal ??= refused(key, `must be a finite number, not ${value}.`);
    return value;
  });
  return refusal;
}

/** As it was given; JavaScript's callers, without types, hand in texts too. */
const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : JSON.stringify(value));

function refused(field: string, must: string): { readonly ok: false; readonly error: CallError } {
  const detail = `${field} ${must}`;
  return { ok: false, error: { kind: 'problem', status: 400, code: 'invalid_request', detail, field } };
}
