import type { Onboarding } from './onboarding.ts';

/**
 * A change of an onboarding that has got its position: the onboarding as that change left it. Positions are whole
 * numbers from 1 on, without gaps, given after commit: whoever has read up to one has missed nothing before it.
 */
export interface OnboardingEvent {
  readonly position: number;
  readonly onboarding: Onboarding;
}

/**
 * What comes after a position, in order.
 * - `events`: they reach up to `through`, where the next read goes on. When that is where this one began, there are
 *   no more now. Events of onboardings that were deleted since are left out.
 * - `reset`: what came after the position is not kept any more, or no such position was given here. Reading can go on
 *   from `position`, where the feed stands now; what lies between is lost to this reader, who has to read the
 *   onboardings themselves anew.
 */
export type EventPage =
  | { readonly kind: 'events'; readonly events: readonly OnboardingEvent[]; readonly through: number }
  | { readonly kind: 'reset'; readonly position: number };
