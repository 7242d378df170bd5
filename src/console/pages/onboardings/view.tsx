import type { Page as ListPage } from '../../../domain/listing.ts';
import { STATUSES, type Onboarding } from '../../../domain/onboarding.ts';
import type { Page, Viewer } from '../../page.ts';
import { hrefOf } from '../../query.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { Icon } from '../../views/icon.tsx';
import { Empty, enqueueCommand, Paging, Tabs } from '../../views/lists.tsx';
import { SourceName, Time } from '../../views/values.tsx';
import { FilterForm } from './filter-form.tsx';
import { listHref, type Filters } from './filters.ts';

export interface OnboardingsView extends Filters {
  readonly page: ListPage<Onboarding>;
  readonly regions: readonly string[];
}

export function onboardingsPage(view: OnboardingsView): Page {
  const { given, cursor, page } = view;
  const { status, ...others } = given;
  return {
    title: 'Onboardings',
    body: ({ now, viewer }) => (
      <>
        <h1>Onboardings</h1>
        <FilterForm {...view} />
        <div id="results" class="stack">
          <Tabs
            label="Status"
            value={status}
            choices={STATUSES}
            all="all"
            hrefFor={(choice) => listHref(choice === undefined ? others : { ...others, status: choice })}
          />
          {mayTick(viewer, view) ? <SelectionBar given={given} /> : null}
          <div id="onboardings" data-live>
            {page.items.length === 0 ? (
              <Nothing view={view} />
            ) : (
              <Table view={view} now={now} ticks={mayTick(viewer, view)} />
            )}
          </div>
          <Paging
            cursor={cursor}
            nextCursor={page.nextCursor}
            hrefFor={(further) => listHref(given, further)}
          />
        </div>
      </>
    ),
  };
}

/** There is something to tick, and whoever looks may act on it. */
const mayTick = (viewer: Viewer | undefined, { page }: OnboardingsView): boolean =>
  viewer?.mayOperate === true && page.items.length > 0;

/** The form that the rows' check boxes belong to; it stands beside them, so that a row can be replaced by itself. */
const SELECTION_FORM = 'selection';

/** What can be done with many at once. Each leads to a page that names them, and asks for the reason. */
function SelectionBar({ given: { status, ...others } }: { given: Filters['given'] }) {
  const mayFail = status === undefined || status === 'failed';
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
        <a class="button quiet end" href={hrefOf('/onboardings/replay', { ...others, status: 'failed' })}>
          Replay all failed that match…
        </a>
      ) : null}
    </form>
  );
}

function Table({ view, now, ticks }: { view: OnboardingsView; now: number; ticks: boolean }) {
  return (
    <table class="rows">
      <thead>
        <tr>
          {ticks ? (
            <th class="col-tick">
              <input type="checkbox" data-tick-all aria-label="Select all on this page" hidden />
            </th>
          ) : null}
          <th class="col-status">Status</th>
          <th>Source</th>
          <th class="col-fact">Customer</th>
          <th class="col-fact col-account">Account</th>
          <th class="col-fact">Region</th>
          <th class="col-number">Attempts</th>
          <th class="col-time">Created</th>
        </tr>
      </thead>
      <tbody id="onboarding-rows" data-rows>
        {view.page.items.map((onboarding) => (
          <Row key={onboarding.id} onboarding={onboarding} now={now} ticks={ticks} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ onboarding, now, ticks }: { onboarding: Onboarding; now: number; ticks: boolean }) {
  const { id, status, sourceName, customerId, account, region, attempts, error, createdAt } = onboarding;
  return (
    <tr id={id} data-version={`${onboarding.updatedAt} ${status} ${attempts}`}>
      {ticks ? (
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

function Nothing({ view }: { view: OnboardingsView }) {
  if (Object.keys(view.given).length === 0 && view.cursor === undefined) {
    return (
      <Empty title="No onboardings yet" command={enqueueCommand('orders')}>
        They come from your signup flow, an import or a job in the queue. This hands in the first one:
      </Empty>
    );
  }
  return (
    <Empty title="Nothing matches">
      No onboarding is like that. <a href="/onboardings">Show all of them</a>, or search for part of a source
      name, a customer, an account or a value of the metadata.
    </Empty>
  );
}
