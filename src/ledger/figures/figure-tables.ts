import type { AttemptOutcomeKind } from '../../domain/outcome-kind.ts';
import type { Happening } from '../../domain/figures.ts';
import type { Connection, Lane, Status } from '../../domain/onboarding.ts';

/** What is kept in `counts` and `figures`, and what has not been added to them yet, as one: views of the migration. */
export interface FigureTables {
  present_counts: PresentCounts;
  present_figures: PresentFigures;
}

/** '' stands for no error. */
interface ErrorOrNone {
  error_code: string;
  error_kind: AttemptOutcomeKind | '';
}

interface PresentCounts extends ErrorOrNone {
  region: string;
  lane: Lane;
  status: Status;
  /** '' unless provisioned. */
  connection: Connection | '';
  count: number;
}

interface PresentFigures extends ErrorOrNone {
  /** Seconds. */
  step: 60 | 3600;
  happened: Happening;
  /** When the step began. */
  at: string;
  region: string;
  lane: Lane;
  count: number;
}
