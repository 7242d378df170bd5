import { isOnboardingId, type OnboardingId } from '../../../domain/ids.ts';
import { textsIn } from '../../query.ts';

/** As many as an address holds, with room to spare; a page of the list has 50. */
export const SELECTION_MAX = 200;

/**
 * The onboardings that were ticked: each in an `id` of its own, as check boxes send them, or all of them in `ids`, as
 * our own forms do. Each once; what is no id is left out. Undefined: too many.
 */
export function readSelection(fields: unknown): readonly OnboardingId[] | undefined {
  const texts = [...textsIn(fields, 'id'), ...textsIn(fields, 'ids').flatMap((text) => text.split(' '))];
  const ids = [...new Set(texts.filter(isOnboardingId))];
  return ids.length > SELECTION_MAX ? undefined : ids;
}
