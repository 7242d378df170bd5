import { z } from 'zod';
import {
  DELIVERY_STATUSES,
  EVENT_TYPES,
  type DisabledEndpoint,
  type LoggedDelivery,
} from '../../../domain/delivery.ts';
import { isOnboardingId } from '../../../domain/ids.ts';
import type { ListView } from '../../list-route.ts';
import { oneOf } from '../../query.ts';
import type { Page } from '../../page.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { Empty, Results, Table, type Column } from '../../views/lists.tsx';
import { FilterFields } from '../../views/forms.tsx';
import { Icon } from '../../views/icon.tsx';
import { Time } from '../../views/values.tsx';

/** What the list can be narrowed to. */
export const DELIVERY_FIELDS = {
  status: oneOf(DELIVERY_STATUSES),
  type: oneOf(EVENT_TYPES),
  onboardingId: z.string().refine(isOnboardingId, 'Enter an onboarding id: onb_ and 26 characters.'),
};

type DeliveriesView = ListView<typeof DELIVERY_FIELDS, LoggedDelivery>;

export function deliveriesPage(view: DeliveriesView, endpoints: readonly DisabledEndpoint[]): Page {
  return {
    title: 'Deliveries',
    body: (
      <>
        <div>
          <h1>Deliveries</h1>
          <p class="faint">Webhooks to the signup system, and whether they were delivered.</p>
        </div>
        <div id="endpoints" class="stack" data-live>
          {endpoints.map((endpoint) => (
            <Disabled key={endpoint.origin} endpoint={endpoint} />
          ))}
        </div>
        <form class="stack" role="search" action="/deliveries">
          <FilterFields path="/deliveries" view={view} fields={FILTERS} />
        </form>
        <Results
          path="/deliveries"
          list={view}
          statuses={DELIVERY_STATUSES}
          refresh={2}
          empty={<NothingYet />}
        >
          <Table
            id="delivery-rows"
            items={view.page.items}
            columns={COLUMNS}
            version={({ updatedAt, status, log }) => `${updatedAt} ${status} ${log.length}`}
          />
        </Results>
      </>
    ),
  };
}

function Disabled({ endpoint }: { endpoint: DisabledEndpoint }) {
  const { origin, reason, failingSince, failures, disabledAt } = endpoint;
  return (
    <p class="outage beside">
      <Icon name="alert" />
      <span>
        <b class="breaks">{origin}</b> has been disabled since <Time at={disabledAt} />:{' '}
        {reason === 'gone' ? 'it responded 410 Gone' : 'no delivery has succeeded for days'} ({failures}{' '}
        failures in a row since <Time at={failingSince} />
        ). Resend one of its webhooks to re-enable it.
      </span>
    </p>
  );
}

const FILTERS = [
  { name: 'type', label: 'Event', choices: EVENT_TYPES },
  { name: 'onboardingId', label: 'Onboarding', hint: 'onb_…' },
] as const;

const COLUMNS: readonly Column<LoggedDelivery>[] = [
  { name: 'Status', class: 'col-status', cell: ({ status }) => <StatusBadge status={status} /> },
  { name: 'Event', class: 'col-source', cell: (delivery) => <Event delivery={delivery} /> },
  { name: 'Endpoint', class: 'col-wide soft', cell: endpointOf },
  { name: 'Attempts', class: 'col-number', cell: ({ log }) => log.length },
  {
    name: 'Next',
    class: 'col-time col-next',
    cell: ({ nextAttemptAt: at }) => (at === null ? <span class="faint">–</span> : <Time at={at} />),
  },
  { name: 'Created', class: 'col-time', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function Event({ delivery: { id, type, errorCode, onboardingId } }: { delivery: LoggedDelivery }) {
  return (
    <>
      <a href={`/deliveries/${id}`} data-open>
        {type}
      </a>
      {errorCode === null ? null : <span class="under bad-text">{errorCode}</span>}
      {onboardingId === null || errorCode !== null ? null : <span class="under">{onboardingId}</span>}
    </>
  );
}

/** Where it goes. Only the origin is known here: a path or a query may hold a secret. */
export function endpointOf({ destination, log }: LoggedDelivery): string {
  const origin = log.at(-1)?.origin;
  return origin == null ? destination : `${destination} · ${new URL(origin).host}`;
}

function NothingYet() {
  return (
    <Empty
      title="No webhook deliveries yet"
      command={'WEBHOOK_URL=https://signup.example.com/hooks/sources WEBHOOK_SECRET=whsec_… npm start'}
    >
      The result of each onboarding is sent to WEBHOOK_URL, or to its callbackUrl, as a signed POST. Start the
      service with both of these variables:
    </Empty>
  );
}
