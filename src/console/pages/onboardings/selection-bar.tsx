import { hrefOf } from '../../query.ts';
import { Icon } from '../../views/icon.tsx';
import type { Filters } from './filters.ts';

/** The form that the rows' check boxes belong to; it stands beside them, so that a row can be replaced by itself. */
export const SELECTION_FORM = 'selection';

/** What can be done with many at once. Each leads to a page that names them, and asks for the reason. */
export function SelectionBar({ given }: { given: Filters['given'] }) {
  const { status, ...others } = given;
  const mayFail = status === undefined || status === 'failed';
  return (
    <form id={SELECTION_FORM} class="selection" method="get" data-selection>
      <button type="submit" formAction="/onboardings/replay">
        <Icon name="replay" />
        Replay selected
        <span data-selected />
      </button>
      <button type="submit" formAction="/onboardings/cancel">
        <Icon name="slash" />
        Cancel selected
        <span data-selected />
      </button>
      {mayFail ? (
        <a class="button quiet" href={hrefOf('/onboardings/replay', { ...others, status: 'failed' })}>
          Replay all failed that match…
        </a>
      ) : null}
    </form>
  );
}
