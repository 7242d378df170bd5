import { CONNECTIONS } from '../../../domain/onboarding.ts';
import { Icon } from '../../views/icon.tsx';
import { FilterFields } from '../../views/forms.tsx';
import type { Filters } from './filters.ts';

type FormProps = Pick<Filters, 'given' | 'problems'> & { readonly regions: readonly string[] };

/** Everything a list can be filtered by. A plain form; with a script it searches while one types. */
export function FilterForm({ given, problems, regions }: FormProps) {
  const isOpen = (
    ['connection', 'expiringBefore', 'region', 'errorCode', 'account', 'customerId', 'from', 'to'] as const
  ).some((name) => given[name] !== undefined || problems[name] !== undefined);
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
      <details open={isOpen}>
        <summary class="soft">Filters</summary>
        <FilterFields
          path="/onboardings"
          view={{ given, problems }}
          fields={[
            { name: 'connection', label: 'Connection', choices: CONNECTIONS },
            { name: 'expiringBefore', label: 'Expires before, UTC', hint: '2026-11-25 13:00' },
            { name: 'region', label: 'Region', choices: regions },
            { name: 'errorCode', label: 'Error codes' },
            { name: 'account', label: 'Account' },
            { name: 'customerId', label: 'Customer' },
            { name: 'from', label: 'Created from, UTC', hint: '2026-11-25 13:00' },
            { name: 'to', label: 'Created to, UTC', hint: '2026-11-25 14:00' },
          ]}
        />
      </details>
    </form>
  );
}
