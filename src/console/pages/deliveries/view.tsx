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
import { Empty, Results, Table } from '../../views/lists.tsx';
import { ChoiceField, FilterButtons, TextField } from '../../views/forms.tsx';
import { Icon } from '../../views/icon.tsx';
import { Time } from '../../views/values.tsx';

/** What the list can be narrowed to. */
export const DELIVERY_FIELDS = {
  status: oneOf(DELIVERY_STATUSES),
  type: oneOf(EVENT_TYPES),
  onboardingId: z.string().refine(isOnboardingId, 'An id such as onb_ and 26 characters.'),
};

type DeliveriesView = ListView<typeof DELIVERY_FIELDS, LoggedDelivery>;

export function deliveriesPage(view: DeliveriesView, endpoints: readonly DisabledEndpoint[]): Page {
  return {
    title: 'Deliveries',
    body: ({ now }) => (
      <>
        <div>
          <h1>Deliveries</h1>
          <p class="faint">What the signup system is told of every end, and whether it got through.</p>
        </div>
        <div id="endpoints" class="stack" data-live>
          {endpoints.map((endpoint) => (
            <Disabled key={endpoint.origin} endpoint={endpoint} now={now} />
          ))}
        </div>
        <FilterForm view={view} />
        <Results
          path="/deliveries"
          list={view}
          statuses={DELIVERY_STATUSES}
          refresh={2}
          empty={<NothingYet />}
        >
          <Table id="delivery-rows" columns={COLUMNS}>
            {view.page.items.map((delivery) => (
              <Row key={delivery.id} delivery={delivery} now={now} />
            ))}
          </Table>
        </Results>
      </>
    ),
  };
}

function Disabled({ endpoint, now }: { endpoint: DisabledEndpoint; now: number }) {
  const { origin, reason, failingSince, failures, disabledAt } = endpoint;
  return (
    <p class="outage beside">
      <Icon name="alert" />
      <span>
        <b class="breaks">{origin}</b> is sent nothing any more, since <Time at={disabledAt} now={now} />:{' '}
        {reason === 'gone' ? 'it answered 410 Gone' : 'nothing has got through for days'} ({failures} failures
        in a row since <Time at={failingSince} now={now} />
        ). Sending one of its webhooks again enables it.
      </span>
    </p>
  );
}

function FilterForm({ view: { given, problems } }: { view: DeliveriesView }) {
  return (
    <form class="stack" role="search" action="/deliveries">
      {given.status === undefined ? null : <input type="hidden" name="status" value={given.status} />}
      <div class="filter-fields">
        <ChoiceField name="type" label="Event" value={given.type} choices={EVENT_TYPES} />
        <TextField
          name="onboardingId"
          label="Onboarding"
          value={given.onboardingId}
          hint="onb_…"
          problem={problems.onboardingId}
        />
        <FilterButtons clear="/deliveries" />
      </div>
    </form>
  );
}

const COLUMNS = [
  ['Status', 'col-status'],
  ['Event'],
  ['Endpoint', 'col-wide'],
  ['Calls', 'col-number'],
  ['Next', 'col-time'],
  ['Created', 'col-time'],
] as const;

function Row({ delivery, now }: { delivery: LoggedDelivery; now: number }) {
  const { id, status, type, onboardingId, errorCode, log, nextAttemptAt, createdAt, updatedAt } = delivery;
  return (
    <tr id={id} data-version={`${updatedAt} ${status} ${log.length}`}>
      <td class="col-status">
        <StatusBadge status={status} />
      </td>
      <td class="col-source">
        <a href={`/deliveries/${id}`} data-open>
          {type}
        </a>
        {errorCode === null ? null : <span class="under bad-text">{errorCode}</span>}
        {onboardingId === null || errorCode !== null ? null : <span class="under">{onboardingId}</span>}
      </td>
      <td class="col-wide soft">{endpointOf(delivery)}</td>
      <td class="col-number">{log.length}</td>
      <td class="col-time col-next">
        {nextAttemptAt === null ? <span class="faint">–</span> : <Time at={nextAttemptAt} now={now} />}
      </td>
      <td class="col-time">
        <Time at={createdAt} now={now} />
      </td>
    </tr>
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
      title="Nobody is told yet"
      command={'WEBHOOK_URL=https://signup.example.com/hooks/sources WEBHOOK_SECRET=whsec_… npm start'}
    >
      An end is told to WEBHOOK_URL, or to the callbackUrl of an onboarding, as a signed POST. Start the
      service with both of these variables:
    </Empty>
  );
}
