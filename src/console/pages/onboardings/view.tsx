import type { Page as ListPage } from '../../../domain/listing.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import type { Page } from '../../respond.tsx';
import { Empty } from '../../views/empty.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import type { Viewer } from '../../surroundings.ts';
import { SourceName } from '../../views/source-name.tsx';
import { Paging } from '../../views/paging.tsx';
import { Time } from '../../views/time.tsx';
import { FilterForm, StatusTabs } from './filter-form.tsx';
import { listHref, type Filters } from './filters.ts';
import { SELECTION_FORM, SelectionBar } from './selection-bar.tsx';

export interface OnboardingsView extends Filters {
  readonly page: ListPage<Onboarding>;
  readonly regions: readonly string[];
}

const FIRST = `curl -X POST localhost:3000/v1/onboardings \\
  -H "authorization: Bearer $ONBOARD_TOKEN" -H 'content-type: application/json' \\
  -d '{"account":"000000000101","region":"us-east-1","eventNamespace":"customers/c-1001","eventName":"orders"}'`;

export function onboardingsPage(view: OnboardingsView): Page {
  return {
    title: 'Onboardings',
    body: ({ now, viewer }) => (
      <>
        <h1>Onboardings</h1>
        <FilterForm {...view} />
        <div id="results">
          <StatusTabs given={view.given} />
          {mayTick(viewer, view) ? <SelectionBar given={view.given} /> : null}
          <div id="onboardings" data-live>
            {view.page.items.length === 0 ? (
              <Nothing view={view} />
            ) : (
              <Table view={view} now={now} ticks={mayTick(viewer, view)} />
            )}
          </div>
          <Paging
            newest={view.cursor === undefined ? undefined : listHref(view.given)}
            older={view.page.nextCursor === null ? undefined : listHref(view.given, view.page.nextCursor)}
          />
        </div>
      </>
    ),
  };
}

/** There is something to tick, and whoever looks may act on it. */
const mayTick = (viewer: Viewer | undefined, { page }: OnboardingsView): boolean =>
  viewer?.mayOperate === true && page.items.length > 0;

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
          <th class="col-customer">Customer</th>
          <th class="col-account">Account</th>
          <th class="col-region">Region</th>
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
        {error === null ? null : <span class="error-code">{error.code}</span>}
      </td>
      <td class="col-customer" title={customerId ?? undefined}>
        {customerId ?? <span class="faint">none</span>}
      </td>
      <td class="col-account">{account}</td>
      <td class="col-region">{region}</td>
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
      <Empty title="No onboardings yet" command={FIRST}>
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
