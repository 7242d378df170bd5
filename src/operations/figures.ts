import {
  FIGURE_WINDOWS,
  pointsOf,
  spanOf,
  type FigurePoint,
  type FigureSpan,
  type Figures,
  type FigureWindow,
} from '../domain/figures.ts';
import type { OperatorDeps } from './operator-deps.ts';

export interface Chart extends FigureSpan, Pick<Figures, 'byErrorCode'> {
  readonly window: FigureWindow;
  /** One for every step, oldest first; the last one is still going on. */
  readonly points: readonly FigurePoint[];
}

/** What happened in a window that ends now, step by step. @param region left out: all of them together */
export async function readFigures(
  { window, region }: { window: FigureWindow; region?: string },
  { ledger, clock }: Pick<OperatorDeps, 'ledger' | 'clock'>,
): Promise<Chart> {
  const span = spanOf(FIGURE_WINDOWS[window], clock.now());
  const { figures, byErrorCode } = await ledger.figures(span, region);
  return { window, ...span, points: pointsOf(span, figures), byErrorCode };
}
