import { STATUSES } from '../../../domain/onboarding.ts';
import { Icon } from '../../views/icon.tsx';
import { listHref, type FilterField, type Filters } from './filters.ts';

type Given = Filters['given'];

/** Statuses as links, so that each is one step away and stands in the address. */
export function StatusTabs({ given }: { given: Given }) {
  const { status: present, ...others } = given;
  return (
    <nav class="tabs" aria-label="Status">
      {[undefined, ...STATUSES].map((status) => (
        <a
          key={status}
          href={listHref(status === undefined ? others : { ...others, status })}
          aria-current={status === present ? 'true' : undefined}
        >
          {status ?? 'all'}
        </a>
      ))}
    </nav>
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
  const choices = new Set([...regions, ...(given.region === undefined ? [] : [given.region])]);
  return (
    <div class="filter-fields">
      <label>
        Region
        <select name="region" value={given.region ?? ''}>
          <option value="">any</option>
          {[...choices].map((region) => (
            <option key={region} value={region} selected={region === given.region}>
              {region}
            </option>
          ))}
        </select>
      </label>
      <Text name="errorCode" label="Error code" given={given} problems={problems} />
      <Text name="account" label="Account" given={given} problems={problems} />
      <Text name="customerId" label="Customer" given={given} problems={problems} />
      <Text name="from" label="Created from, UTC" given={given} problems={problems} hint="2026-11-25 13:00" />
      <Text name="to" label="Created to, UTC" given={given} problems={problems} hint="2026-11-25 14:00" />
      <button type="submit">Apply</button>
      <a class="clear" href="/onboardings">
        Clear
      </a>
    </div>
  );
}

interface TextProps {
  readonly name: FilterField;
  readonly label: string;
  readonly hint?: string;
  readonly given: Given;
  readonly problems: Filters['problems'];
}

function Text({ name, label, hint, given, problems }: TextProps) {
  const problem = problems[name];
  return (
    <label>
      {label}
      <input
        type="text"
        name={name}
        value={given[name]}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={problem === undefined ? undefined : true}
      />
      {problem === undefined ? null : <span class="field-problem">{problem}</span>}
    </label>
  );
}
