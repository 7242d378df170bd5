import type { FastifyInstance } from 'fastify';
import { isLost } from '../../../domain/connection.ts';
import { STATUSES, type Onboarding } from '../../../domain/onboarding.ts';
import type { PagesDeps } from '../../deps.ts';
import { listRoute, type ListView } from '../../list-route.ts';
import { usePage, type Page } from '../../page.ts';
import { hrefOf } from '../../query.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { Icon } from '../../views/icon.tsx';
import { Empty, enqueueCommand, Results, Table, type Column } from '../../views/lists.tsx';
import { SourceName, Time } from '../../views/values.tsx';
import { FilterForm } from './filter-form.tsx';
import { FIELDS, type Filters } from './filters.ts';

/** All onboardings, newest first, by whatever the address says. */
export function onboardingsRoute(
  app: FastifyInstance,
  { operator: { ledger, regions }, respond }: PagesDeps,
): void {
  listRoute(app, respond, {
    path: '/onboardings',
    fields: FIELDS,
    list: (filter, page) => ledger.list(filter, page),
    show: (view) => onboardingsPage(view, regions),
  });
}

type OnboardingsView = ListView<typeof FIELDS, Onboarding>;

const onboardingsPage = (view: OnboardingsView, regions: readonly string[]): Page => ({
  title: 'Onboardings',
  body: (
    <>
      <h1>Onboardings</h1>
      <FilterForm given={view.given} problems={view.problems} regions={regions} />
      <List view={view} />
    </>
  ),
});

function List({ view }: { view: OnboardingsView }) {
  const mayTick = usePage().viewer?.mayOperate === true && view.page.items.length > 0;
  return (
    <Results
      path="/onboardings"
      list={view}
      statuses={STATUSES}
      actions={mayTick ? <SelectionBar given={view.given} /> : null}
      empty={<NothingYet />}
    >
      <Table
        id="onboarding-rows"
        items={view.page.items}
        columns={mayTick ? [TICK, ...COLUMNS] : COLUMNS}
        version={({ updatedAt, status, attempts }) => `${updatedAt} ${status} ${attempts}`}
      />
    </Results>
  );
}

/** The form that the rows' check boxes belong to; it stands beside them, so that a row can be replaced by itself. */
const SELECTION_FORM = 'selection';

/** What can be done with many at once. Each leads to a page that names them, and asks for the reason. */
function SelectionBar({ given }: { given: Filters['given'] }) {
  const mayFail = given.status === undefined || given.status === 'failed';
  return (
    <form id={SELECTION_FORM} class="row close" method="get" data-selection>
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
        <a class="button quiet end" href={hrefOf('/onboardings/replay', { ...given, status: 'failed' })}>
          Replay all matching failures…
        </a>
      ) : null}
    </form>
  );
}

const CONNECTION_WORDS = {
  waiting: 'waiting for the customer',
  disconnected: 'disconnected by the customer',
  expired: 'expired',
  removed: 'removed at AWS',
  unknown: 'connection unknown',
} as const;

const TICK: Column<Onboarding> = {
  name: <input type="checkbox" data-tick-all aria-label="Select all on this page" hidden />,
  class: 'col-tick',
  cell: ({ id, sourceName }) => (
    <input
      type="checkbox"
      name="id"
      value={id}
      form={SELECTION_FORM}
      data-tick
      aria-label={`Select ${sourceName}`}
    />
  ),
};

const COLUMNS: readonly Column<Onboarding>[] = [
  { name: 'Status', class: 'col-status', cell: ({ status }) => <StatusBadge status={status} /> },
  {
    name: 'Source',
    class: 'col-source',
    cell: ({ id, sourceName, error, connection }) => (
      <>
        <a href={`/onboardings/${id}`} data-open>
          <SourceName name={sourceName} />
        </a>
        {error === null ? null : <span class="under bad-text">{error.code}</span>}
        {connection === null || connection === 'connected' ? null : (
          <span class={`under ${isLost(connection) ? 'bad-text' : 'faint'}`}>
            {CONNECTION_WORDS[connection]}
          </span>
        )}
      </>
    ),
  },
  {
    name: 'Customer',
    class: 'col-fact soft col-customer',
    cell: ({ customerId }) =>
      customerId === null ? <span class="faint">none</span> : <span title={customerId}>{customerId}</span>,
  },
  { name: 'Account', class: 'col-fact soft col-account', cell: ({ account }) => account },
  { name: 'Region', class: 'col-fact soft col-region', cell: ({ region }) => region },
  { name: 'Attempts', class: 'col-number', cell: ({ attempts }) => attempts },
  { name: 'Created', class: 'col-time', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function NothingYet() {
  return (
    <Empty title="No onboardings yet" command={enqueueCommand('orders')}>
      Onboardings come from your signup flow, an import or the intake queue. Submit the first one:
    </Empty>
  );
}
