import type { Onboarding } from '../../../domain/onboarding.ts';
import { isOnboardingId, type OnboardingId } from '../../../domain/ids.ts';
import type { Refusal } from '../../confirm.tsx';
import { textsIn } from '../../query.ts';
import { StatusBadge } from '../../views/badge.tsx';

/** As many as an address holds, with room to spare; a page of the list has 50. */
export const SELECTION_MAX = 200;

export type Selection =
  | { readonly kind: 'ticked'; readonly ids: readonly OnboardingId[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'tooMany' };

/**
 * The onboardings that were ticked: each in an `id` of its own, as check boxes send them, or all of them in `ids`, as
 * our own forms do. Each once; what is no id is left out, and a selection of nothing else is one of nothing: it never
 * becomes `none`, which means whatever a filter describes.
 */
export function readSelection(fields: unknown): Selection {
  const [each, all] = [textsIn(fields, 'id'), textsIn(fields, 'ids')];
  if (each.length + all.length === 0) return { kind: 'none' };
  const texts = [...each, ...all.flatMap((text) => text.split(' '))];
  const ids = [...new Set(texts.filter(isOnboardingId))];
  return ids.length > SELECTION_MAX ? { kind: 'tooMany' } : { kind: 'ticked', ids };
}

export const TOO_MANY: Refusal = {
  kind: 'refused',
  status: 400,
  heading: 'Too many selected',
  explanation: <p>Select at most {SELECTION_MAX} onboardings, or use a filter for any number.</p>,
  back: '/onboardings',
};

/** One of the selected, with why it is not, or was not, part of what is done; undefined: it is. */
export interface Judged {
  readonly onboarding: Onboarding;
  readonly refusal: string | undefined;
}

export function SelectedNames({ judged }: { judged: readonly Judged[] }) {
  if (judged.length === 0) return null;
  return (
    <ul class="names">
      {judged.map(({ onboarding: { id, status, sourceName }, refusal }) => (
        <li key={id}>
          <StatusBadge status={status} />
          <span>
            <a class="plain breaks" href={`/onboardings/${id}`}>
              {sourceName}
            </a>
            {refusal === undefined ? null : <span class="under">{refusal}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Those that are left out. @param title what comes behind their number */
export function LeftOut({ judged, title }: { judged: readonly Judged[]; title: string }) {
  if (judged.length === 0) return null;
  return (
    <section class="sunk">
      <h2>
        {judged.length} {title}
      </h2>
      <SelectedNames judged={judged} />
    </section>
  );
}
