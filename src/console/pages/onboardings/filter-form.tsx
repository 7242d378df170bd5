import { STATUSES } from '../../../domain/onboarding.ts';
import { ChoiceField, Tabs, TextField } from '../../views/filter-fields.tsx';
import { Icon } from '../../views/icon.tsx';
import { listHref, type FilterField, type Filters } from './filters.ts';

type Given = Filters['given'];

export function StatusTabs({ given }: { given: Given }) {
  const { status, ...others } = given;
  return (
    <Tabs
      label="Status"
      value={status}
      choices={STATUSES}
      hrefFor={(choice) => listHref(choice === undefined ? others : { ...others, status: choice })}
    />
  );
}

/** Everything a list can be filtered by. A plain form; with a script it searches while one types. */
export function FilterForm({ given, problems, regions }: Filters & { regions: readonly string[] }) {
  const isOpen = (['region', 'errorCode', 'account', 'customerId', 'from', 'to'] as const).some(
    (name) => given[name] !== undefined,
  );
  return (
    <form
      class="filters"
      role="search"
      action="/onboardings"
      hx-get="/onboardings"
      hx-target="#results"
      hx-select="#results"
      hx-swap="outerHTML"
      hx-push-url="true"
      hx-sync="this:replace"
      hx-trigger="submit, input changed delay:250ms from:#q, change from:select"
    >
      <div class="search">
        <Icon name="search" />
        <input
          id="q"
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
        <summary>Filters</summary>
        <Fields given={given} problems={problems} regions={regions} />
      </details>
    </form>
  );
}

type FieldsProps = Pick<Filters, 'given' | 'problems'> & { regions: readonly string[] };

function Fields({ given, problems, regions }: FieldsProps) {
  const text = (name: FilterField, label: string, hint?: string) => (
    <TextField
      name={name}
      label={label}
      value={given[name]}
      problem={problems[name]}
      {...(hint === undefined ? {} : { hint })}
    />
  );
  return (
    <div class="filter-fields">
      <ChoiceField name="region" label="Region" value={given.region} choices={regions} />
      {text('errorCode', 'Error code')}
      {text('account', 'Account')}
      {text('customerId', 'Customer')}
      {text('from', 'Created from, UTC', '2026-11-25 13:00')}
      {text('to', 'Created to, UTC', '2026-11-25 14:00')}
      <button type="submit">Apply</button>
      <a class="clear" href="/onboardings">
        Clear
      </a>
    </div>
  );
}
