/** Longer wishes are cut: a stray header must not park anything for a day. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/**
 * A server's wish to wait, in milliseconds from `now` (milliseconds since 1970), 0 to one hour; undefined when there
 * is none or it cannot be read. AWS's `x-amz-retry-after` counts milliseconds and wins; `Retry-After` is a number
 * of seconds or an HTTP date (RFC 9110, 10.2.3).
 */
export function retryAfterMs(headers: Readonly<Record<string, unknown>>, now: number): number | undefined {
  const own = number(header(headers, 'x-amz-retry-after'));
  if (own !== undefined) return bounded(own);
  const standard = header(headers, 'retry-after');
  const seconds = number(standard);
  if (seconds !== undefined) return bounded(seconds * 1_000);
  // Date.parse would take almost anything for a date; an HTTP date begins with a weekday.
  const at = standard !== undefined && /^[A-Z][a-z]{2}/.test(standard) ? Date.parse(standard) : NaN;
  return Number.isNaN(at) ? undefined : bounded(at - now);
}

function header(headers: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === 'string' ? value.trim() : undefined;
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text) ? Number(text) : undefined;
}

const bounded = (ms: number): number => Math.round(Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS));
