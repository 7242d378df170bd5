import { Icon } from '../../views/icon.tsx';
import { ChoiceField, FilterButtons, TextField } from '../../views/forms.tsx';
import type { FilterField, Filters } from './filters.ts';

type FormProps = Pick<Filters, 'given' | 'problems'> & { readonly regions: readonly string[] };

/** Everything a list can be filtered by. A plain form; with a script it searches while one types. */
export function FilterForm({ given, problems, regions }: FormProps) {
  const isOpen = (['region', 'errorCode', 'account', 'customerId', 'from', 'to'] as const).some(
    (name) => given[name] !== undefined,
  );
  return (
    <form class="stack" role="search" action="/onboardings" data-filters>
      <div class="search">
        <Icon name="search" />
        <input
          type="search"
          name="q"
          value={given.q}
          placeholder="Source, customer, account or metadata"
          aria-label="Search"
          data-search
          autocomplete="off"
          spellcheck={false}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      {given.status === undefined ? null : <input type="hidden" name="status" value={given.status} />}
      <details open={isOpen}>
        <summary class="soft">Filters</summary>
        <Fields given={given} problems={problems} regions={regions} />
      </details>
    </form>
  );
}

function Fields({ given, problems, regions }: FormProps) {
  const text = (name: FilterField, label: string, hint?: string) => (
    <TextField name={name} label={label} value={given[name]} problem={problems[name]} hint={hint} />
  );
  return (
    <div class="filter-fields">
      <ChoiceField name="region" label="Region" value={given.region} choices={regions} />
      {text('errorCode', 'Error codes')}
      {text('account', 'Account')}
      {text('customerId', 'Customer')}
      {text('from', 'Created from, UTC', '2026-11-25 13:00')}
      {text('to', 'Created to, UTC', '2026-11-25 14:00')}
      <FilterButtons clear="/onboardings" />
    </div>
  );
}
