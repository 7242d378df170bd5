import { invalid, valid, type Checked } from './field-issue.ts';
import { shown } from './shown.ts';
import { isGiven, notText } from './text.ts';

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an optional instant: ISO 8601 with Z or an offset, put into UTC with milliseconds; null when it was left out.
 * The years are 1 to 9999, which is what PostgreSQL and the form have in common.
 */
export function parseInstant(value: unknown, field: string): Checked<string | null> {
  if (!isGiven(value)) return valid(null);
  if (typeof value !== 'string') return invalid(notText(field, value));
  const [, year, month, day] = INSTANT.exec(value) ?? [];
  const utc = isDay(Number(year), Number(month), Number(day)) ? new Date(value) : new Date(NaN);
  const text = Number.isNaN(utc.getTime()) ? '' : utc.toISOString();
  if (/^(?!0000)\d{4}-/.test(text)) return valid(text);
  return invalid({
    field,
    code: 'invalid_instant',
    message: `Send an instant as ISO 8601 with its offset, such as 2026-11-25T09:47:08Z, not ${shown(value)}.`,
  });
}

/** JavaScript reads the 30th of February as the 2nd of March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
