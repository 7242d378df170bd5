import { z } from 'zod';
import {
  DELIVERIES_COUNTED,
  DELIVERY_STATUSES,
  EVENT_TYPES,
  type DeliveryCounts,
  type EndpointHealth,
  type LoggedDelivery,
} from '../../../domain/delivery.ts';
import { isOnboardingId } from '../../../domain/ids.ts';
import type { ListView } from '../../list-route.ts';
import { count, counted } from '../../format.ts';
import { oneOf } from '../../query.ts';
import type { Page } from '../../page.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { ActionLink, ForOperators } from '../../views/detail.tsx';
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

interface DeliveriesHealth {
  readonly counts: DeliveryCounts;
  readonly endpoints: readonly EndpointHealth[];
  readonly hasWebhook: boolean;
}

export function deliveriesPage(view: DeliveriesView, health: DeliveriesHealth): Page {
  return {
    title: 'Deliveries',
    body: (
      <>
        <div>
          <Head {...health} />
          <p class="faint">Webhooks to the signup system, and whether they were delivered.</p>
        </div>
        <div id="endpoints" data-live>
          <ul class="panel lined stack" aria-label="Endpoints">
            {health.endpoints.map((endpoint, index) => (
              <Endpoint key={index} endpoint={endpoint} />
            ))}
          </ul>
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

/** Of each state how many, and what can be done with all. */
function Head({ counts, hasWebhook }: DeliveriesHealth) {
  return (
    <div id="deliveries-head" class="row tall" data-live>
      <h1>Deliveries</h1>
      {DELIVERY_STATUSES.map((status) => (
        <span key={status} class="row close">
          <StatusBadge status={status} />
          <b>
            {counts[status] > DELIVERIES_COUNTED
              ? `over ${count(DELIVERIES_COUNTED)}`
              : count(counts[status])}
          </b>
        </span>
      ))}
      <ForOperators>
        {counts.waiting === 0 ? null : (
          <ActionLink href="/deliveries/send-now" icon="send">
            Send all now
          </ActionLink>
        )}
        {hasWebhook ? (
          <ActionLink href="/deliveries/test" icon="send">
            Send test event
          </ActionLink>
        ) : null}
      </ForOperators>
    </div>
  );
}

function Endpoint({ endpoint }: { endpoint: EndpointHealth }) {
  const { origin, failures, failingSince, lastSuccessAt, disabledAt, disabledBecause } = endpoint;
  const isDisabled = disabledAt !== null;
  const tone = isDisabled ? 'bad' : failures > 0 ? 'warn' : 'good';
  return (
    <li class={`beside marked-panel concern ${tone}`}>
      <Icon name={failures > 0 ? 'alert' : 'check'} />
      <span class="breaks">
        <b>{origin}</b>{' '}
        {failingSince === null ? (
          'works'
        ) : (
          <>
            has been failing since <Time at={failingSince} />, {counted(failures, 'failure')} in a row
          </>
        )}
        {lastSuccessAt === null ? (
          ', no success known'
        ) : (
          <>
            , last success <Time at={lastSuccessAt} />
          </>
        )}
        .{' '}
        {isDisabled ? (
          <>
            Disabled since <Time at={disabledAt} />:{' '}
            {disabledBecause === 'gone' ? 'it responded 410 Gone' : 'no delivery has succeeded for days'}.
            Resend one of its webhooks to re-enable it.
          </>
        ) : null}
      </span>
    </li>
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
