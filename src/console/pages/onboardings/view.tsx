import type { FastifyInstance } from 'fastify';
import { STATUSES, type Onboarding } from '../../../domain/onboarding.ts';
import type { PagesDeps } from '../../deps.ts';
import { listRoute, type ListView } from '../../list-route.ts';
import type { Page } from '../../page.ts';
import { hrefOf } from '../../query.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { Icon } from '../../views/icon.tsx';
import { Empty, enqueueCommand, Results, Table } from '../../views/lists.tsx';
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

function onboardingsPage(view: ListView<typeof FIELDS, Onboarding>, regions: readonly string[]): Page {
  return {
    title: 'Onboardings',
    body: ({ now, viewer }) => {
      const mayTick = viewer?.mayOperate === true && view.page.items.length > 0;
      return (
        <>
          <h1>Onboardings</h1>
          <FilterForm given={view.given} problems={view.problems} regions={regions} />
          <Results
            path="/onboardings"
            list={view}
            statuses={STATUSES}
            actions={mayTick ? <SelectionBar given={view.given} /> : null}
            empty={<NothingYet />}
          >
            <Table id="onboarding-rows" columns={COLUMNS} tick={mayTick ? <TickAll /> : null}>
              {view.page.items.map((onboarding) => (
                <Row key={onboarding.id} onboarding={onboarding} now={now} mayTick={mayTick} />
              ))}
            </Table>
          </Results>
        </>
      );
    },
  };
}

const COLUMNS = [
  ['Status', 'col-status'],
  ['Source'],
  ['Customer', 'col-fact'],
  ['Account', 'col-fact col-account'],
  ['Region', 'col-fact'],
  ['Attempts', 'col-number'],
  ['Created', 'col-time'],
] as const;

const TickAll = () => (
  <th class="col-tick">
    <input type="checkbox" data-tick-all aria-label="Select all on this page" hidden />
  </th>
);

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
          Replay all failed that match…
        </a>
      ) : null}
    </form>
  );
}

interface RowProps {
  readonly onboarding: Onboarding;
  readonly now: number;
  readonly mayTick: boolean;
}

function Row({ onboarding, now, mayTick }: RowProps) {
  const { id, status, sourceName, customerId, account, region, attempts, error, createdAt } = onboarding;
  return (
    <tr id={id} data-version={`${onboarding.updatedAt} ${status} ${attempts}`}>
      {mayTick ? (
        <td class="col-tick">
          <input
            type="checkbox"
            name="id"
            value={id}
            form={SELECTION_FORM}
            data-tick
            aria-label={`Select ${sourceName}`}
          />
        </td>
      ) : null}
      <td class="col-status">
        <StatusBadge status={status} />
      </td>
      <td class="col-source">
        <a href={`/onboardings/${id}`} data-open>
          <SourceName name={sourceName} />
        </a>
        {error === null ? null : <span class="under bad-text">{error.code}</span>}
      </td>
      <td class="col-fact col-customer" title={customerId ?? undefined}>
        {customerId ?? <span class="faint">none</span>}
      </td>
      <td class="col-fact col-account">{account}</td>
      <td class="col-fact col-region">{region}</td>
      <td class="col-number">{attempts}</td>
      <td class="col-time">
        <Time at={createdAt} now={now} />
      </td>
    </tr>
  );
}

function NothingYet() {
  return (
    <Empty title="No onboardings yet" command={enqueueCommand('orders')}>
      They come from your signup flow, an import or a job in the queue. This hands in the first one:
    </Empty>
  );
}
