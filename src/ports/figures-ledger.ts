import type { FailureFilter, FailureGroup, Figures, FigureSpan } from '../domain/figures.ts';
import type { LedgerCounts } from '../domain/listing.ts';

/** Counts and figures, kept so that none of these reads all onboardings. Each is right at the instant of the call. */
export interface FiguresLedger {
  counts(): Promise<LedgerCounts>;
  /** Whether free text is found by an index; without one a search looks at a bounded number of rows for each page. */
  textIndexed(): Promise<boolean>;
  /** What happened in a span, of one Region or of all. */
  figures(span: FigureSpan, region?: string): Promise<Figures>;
  /** Biggest first. @param now the end of the trend, milliseconds since 1970 */
  failures(filter: FailureFilter, now: number): Promise<readonly FailureGroup[]>;
  /** Forgets figures of minutes and of hours from before two instants, at most `limit`; gives back how many. */
  pruneFigures(query: { minutesBefore: string; hoursBefore: string; limit: number }): Promise<number>;
}
