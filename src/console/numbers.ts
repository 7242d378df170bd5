const WHOLE = new Intl.NumberFormat('en-US');

/** `1,204`. */
export const count = (value: number): string => WHOLE.format(value);

/** `1 kind`, `1,204 kinds`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A rate a second: `0`, `0.4`, `12`. */
export const rate = (value: number): string =>
  value >= 10 ? count(Math.round(value)) : `${Math.round(value * 10) / 10}`;
