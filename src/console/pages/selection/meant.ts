import type { OnboardingId } from '../../../domain/ids.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import type { ReplayPreview } from '../../../domain/replay.ts';
import { listHref, type Filters } from '../onboardings/filters.ts';

/** Which onboardings are meant: those that were ticked, or all failed ones that a list's filters describe. */
export type Meant =
  | { readonly kind: 'ticked'; readonly ids: readonly OnboardingId[] }
  /** What failed after `before` is not in it, so that no more are replayed than the preview counted. */
  | { readonly kind: 'filter'; readonly filters: Filters; readonly before: string };

/** What would be replayed, and of the ticked ones those that would not. */
export interface Judged {
  readonly preview: ReplayPreview;
  readonly skipped: readonly Onboarding[];
}

/** Where the selection was made. */
export const backOf = (meant: Meant): string =>
  meant.kind === 'ticked' ? '/onboardings' : listHref(meant.filters.given);
