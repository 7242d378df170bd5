import type { Ground } from './place.ts';
import type { Report } from './report.ts';

/** One NAME of `npm run bench`: measures, and says what came of it. */
export type Bench = (context: BenchContext) => Promise<readonly Report[]>;

export interface BenchContext {
  readonly ground: Ground;
  /** Of interleaved comparisons; 5 in a full run. */
  readonly rounds: number;
  /** The share of the full load; 1 in a full run. */
  readonly scale: number;
  /** A progress line. */
  readonly say: (line: string) => void;
}
