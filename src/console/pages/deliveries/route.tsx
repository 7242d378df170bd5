import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ledger } from '../../../ports.ts';
import type { PagesDeps } from '../../deps.ts';
import { findNamed } from '../../query.ts';
import { counted, count } from '../../format.ts';
import { VIEWED } from '../../security.ts';
import { listRoute } from '../../list-route.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { deliveryPage } from './delivery-view.tsx';
import { deliveriesPage, DELIVERY_FIELDS } from './view.tsx';
import type { Destination, LoggedDelivery } from '../../../domain/delivery.ts';
import { isDeliveryId } from '../../../domain/ids.ts';
import { replayDelivery, sendDeliveriesNow, sendTestDelivery } from '../../../operations/replay-delivery.ts';
import { confirmAction } from '../../confirm.tsx';
import { StatusBadge } from '../../views/badge.tsx';

const ENDPOINTS_SHOWN = 20;

/** Webhook deliveries: what was told to whom, what was not, and each of them with all its calls. */
export function deliveriesRoutes(app: FastifyInstance, deps: PagesDeps): void {
  const { respond } = deps;
  const { ledger } = deps.operator;
  listRoute(app, respond, {
    path: '/deliveries',
    fields: DELIVERY_FIELDS,
    list: (filter, page) => ledger.listDeliveries(filter, page),
    show: async (view) => {
      const [endpoints, counts] = await Promise.all([
        ledger.listEndpoints(ENDPOINTS_SHOWN),
        ledger.deliveryCounts(),
      ]);
      return deliveriesPage(view, { endpoints, counts, hasWebhook: ledger.hasWebhook });
    },
  });
  app.get('/deliveries/:id', VIEWED, async (request, reply) => {
    const delivery = await findDelivery(request, ledger);
    return respond(request, reply, delivery === undefined ? NOTHING_HERE : deliveryPage(delivery));
  });
  replayDeliveryAction(app, deps);
  sendNowAction(app, deps);
  testAction(app, deps);
}

/** Sends a webhook again. */
function replayDeliveryAction(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  confirmAction<LoggedDelivery>(app, respond, {
    path: '/deliveries/:id/replay',
    find: (request) => findDelivery(request, operator.ledger),
    async run(delivery, order) {
      const page = `/deliveries/${delivery.id}`;
      await replayDelivery(delivery.id, order, operator);
      if (!order.dryRun) return { kind: 'done', to: page, notice: 'deliveryReplayed' };
      return {
        kind: 'question',
        heading: 'Resend this webhook?',
        preview: <Preview delivery={delivery} />,
        verb: 'Resend webhook',
        back: page,
      };
    },
  });
}

/** What both are about: no delivery in particular. */
const find = (): Promise<object> => Promise.resolve({});
const back = '/deliveries';

function sendNowAction(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  confirmAction(app, respond, {
    path: '/deliveries/send-now',
    find,
    async run(_, order) {
      const { waiting, due } = await sendDeliveriesNow(order, operator);
      if (!order.dryRun) return { kind: 'done', to: back, notice: 'deliveriesSentNow' };
      if (waiting === 0)
        return {
          kind: 'refused',
          heading: 'No webhook waits',
          explanation: <p>All are sent or given up.</p>,
          back,
        };
      return {
        kind: 'question',
        heading: `Send ${counted(waiting, 'waiting webhook')} now?`,
        preview: (
          <ul class="preview">
            <li>
              {count(waiting - due)} of them wait for a later attempt and become due now; {count(due)} are due
              already.
            </li>
            <li>Disabled endpoints are re-enabled; another failure disables them again.</li>
          </ul>
        ),
        verb: 'Send all now',
        back,
      };
    },
  });
}

function testAction(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  confirmAction(app, respond, {
    path: '/deliveries/test',
    find,
    async run(_, order) {
      const sent = await sendTestDelivery(order, operator);
      switch (sent.kind) {
        case 'sent':
          return { kind: 'done', to: `/deliveries/${sent.delivery.id}`, notice: 'testSent' };
        case 'noWebhookUrl': {
          const explanation = <p>Test events go to WEBHOOK_URL. Set it and restart the service.</p>;
          return { kind: 'refused', heading: 'WEBHOOK_URL is not set', explanation, back };
        }
        case 'wouldSend':
          return {
            kind: 'question',
            heading: 'Send a test event?',
            preview: (
              <p>
                WEBHOOK_URL gets a signed <code>webhook.test</code> event, retried like any other.
              </p>
            ),
            verb: 'Send test event',
            back,
          };
      }
    },
  });
}

/** The webhook delivery that the address names. */
const findDelivery = (request: FastifyRequest, ledger: Ledger) =>
  findNamed(request, isDeliveryId, (id) => ledger.getDelivery(id));

const ADDRESSES: Readonly<Record<Destination, string>> = {
  webhook: 'WEBHOOK_URL',
  callback: 'the onboarding’s callbackUrl',
  alert: 'ALERT_WEBHOOK_URL',
};

function Preview({ delivery: { type, status, destination } }: { delivery: LoggedDelivery }) {
  return (
    <ul class="preview">
      <li>
        <b>{type}</b>: <StatusBadge status={status} /> becomes <StatusBadge status="waiting" />, with a full
        retry budget.
      </li>
      <li>
        It goes to {ADDRESSES[destination]}
        {destination === 'alert' ? '' : ' with the same webhook-id, so the receiver can detect a duplicate'}.
      </li>
      <li>If its endpoint is disabled, it is re-enabled.</li>
    </ul>
  );
}
