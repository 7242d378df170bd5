import type { Parser } from './config-parsers.ts';

/** One environment variable: what it means, how it is read, and what holds when it is not set. */
export interface Variable<T> {
  readonly meaning: string;
  readonly parse: Parser<T>;
  /** Read like a given text when the variable is unset; absent = no default. */
  readonly default?: string;
  /** What the documentation says instead of a default, when it depends on something. */
  readonly defaultNote?: string;
  /** Never shown: the start-up line only says whether it is set. */
  readonly secret?: true;
}
