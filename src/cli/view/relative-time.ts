const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** `3m ago`, `in 2h`; what is no instant is given back as it came. */
export function relativeTime(instant: string, now: number): string {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return instant;
  const seconds = Math.round((now - at) / 1_000);
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(-seconds)}`;
}

/** The biggest unit alone: `3m`. @param seconds ≥ 0 */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [unit, size] = UNITS.find(([, least]) => whole >= least) ?? ['s', 1];
  return `${Math.floor(whole / size)}${unit}`;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar for each number, as high as it is of the biggest one; a small one is seen to be more than none. */
export function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers
    .map((value) => BARS[value <= 0 ? 0 : Math.max(1, Math.round((value / most) * (BARS.length - 1)))])
    .join('');
}
