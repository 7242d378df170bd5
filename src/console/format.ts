/** How numbers, rates, durations and instants are written for people. */

const WHOLE = new Intl.NumberFormat('en-US');

/** `1,204`. */
export const count = (value: number): string => WHOLE.format(value);

/** What counts come to together. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** `1 kind`, `1,204 kinds`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A rate a second: `0`, `0.4`, `12`. */
export const rate = (value: number): string =>
  value >= 10 ? count(Math.round(value)) : `${Math.round(value * 10) / 10}`;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `3 min ago`, `in 2 h`, `now`; assets/console.js says the same, to keep it fresh. */
export function relativeTime(at: string, now: number): string {
  const ms = Date.parse(at) - now;
  const size = Math.abs(ms);
  const [unit, length] = UNITS.find(([, long]) => size >= long) ?? ['s', 1_000];
  if (size < 1_000) return 'now';
  const text = `${Math.floor(size / length)} ${unit}`;
  return ms < 0 ? `${text} ago` : `in ${text}`;
}

/** `1.2 s`, `340 ms`, `4 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${(ms / 3_600_000).toFixed(1)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** `2026-11-25 13:04:05 UTC`, for exact times. */
export const exactTime = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
