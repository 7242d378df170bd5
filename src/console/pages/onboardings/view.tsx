import type { Page as ListPage } from '../../../domain/listing.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import type { Page } from '../../respond.tsx';
import { Empty } from '../../views/empty.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { SourceName } from '../../views/source-name.tsx';
import { Time } from '../../views/time.tsx';
import { FilterForm, StatusTabs } from './filter-form.tsx';
import { listHref, type Filters } from './filters.ts';

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
    body: ({ now }) => (
      <>
        <h1>Onboardings</h1>
        <FilterForm {...view} />
        <div id="results">
          <StatusTabs given={view.given} />
          <div id="onboardings" data-live>
            {view.page.items.length === 0 ? <Nothing view={view} /> : <Table view={view} now={now} />}
          </div>
          <Paging view={view} />
        </div>
      </>
    ),
  };
}

function Table({ view, now }: { view: OnboardingsView; now: number }) {
  return (
    <table class="rows">
      <thead>
        <tr>
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
          <Row key={onboarding.id} onboarding={onboarding} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ onboarding, now }: { onboarding: Onboarding; now: number }) {
  const { id, status, sourceName, customerId, account, region, attempts, error, createdAt } = onboarding;
  return (
    <tr id={id} data-version={`${onboarding.updatedAt} ${status} ${attempts}`}>
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

function Paging({ view }: { view: OnboardingsView }) {
  const { nextCursor } = view.page;
  return (
    <nav class="paging" aria-label="Pages of the list">
      {view.cursor === undefined ? null : <a href={listHref(view.given)}>Newest</a>}
      {nextCursor === null ? null : (
        <a href={listHref(view.given, { cursor: nextCursor })} rel="next">
          Older
        </a>
      )}
    </nav>
  );
}
