import { positiveNumber, wholeNumber, type Parser } from '../../src/runtime/config-parsers.ts';

/**
 * A number of a command line or an environment, read as strictly as the service reads its own. Throws for anything
 * else: with `--runs` NaN, a run would check nothing and pass.
 */
export const givenWhole = (name: string, text: string, min = 1): number =>
  read(name, text, wholeNumber(min, 2 ** 31 - 1));

/** The same, fractions allowed. */
export const givenFraction = (name: string, text: string): number =>
  read(name, text, positiveNumber(1_000_000));

/** The seed of a run: what was given, or a random one. */
export const givenSeed = (name: string, text: string | undefined): number =>
  text === undefined || text === '' ? Math.trunc(Math.random() * 1_000_000) : givenWhole(name, text, 0);

function read(name: string, text: string, parse: Parser<number>): number {
  const parsed = parse(text);
  if (!parsed.ok) throw new RangeError(`${name} ${parsed.problem}, not "${text}".`);
  return parsed.value;
}
