import { Command, Option } from 'commander';
import type { DeliveryAnswer } from '../../client/wire.ts';
import { DELIVERY_STATUSES, EVENT_TYPES, type DeliveryFilter } from '../../domain/delivery.ts';
import { given, idWith, withPage, type PageChoice } from '../arguments.ts';
import { call, withAction, type CommandContext, type ReasonOptions } from '../command.ts';
import { pageOutput, tableOutput } from '../output.ts';
import type { Style } from '../view/style.ts';
import type { Columns } from '../view/table.ts';

type ListOptions = Pick<DeliveryFilter, 'status' | 'type'> & PageChoice & { readonly onboarding?: string };

const REPLAY_EXAMPLE =
  'onboard deliveries replay evt_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "the endpoint is back"';

/** Lists by itself; its commands send one again, all that wait, or a test event. */
export function deliveriesCommand(context: CommandContext): Command {
  const filtered = new Command('deliveries')
    .description('List webhook deliveries with the result of the last attempt, newest first')
    .addOption(new Option('--status <status>', 'only this status').choices(DELIVERY_STATUSES))
    .addOption(new Option('--type <type>', 'only this event').choices(EVENT_TYPES))
    .option('--onboarding <id>', 'only this onboarding', idWith('onb'));
  const command = withPage(filtered, 50)
    .addCommand(replayCommand(context))
    .addCommand(sendNowCommand(context))
    .addCommand(testCommand(context));
  return withAction<ListOptions>(command, context, {
    csv: true,
    examples: ['onboard deliveries --status failed', REPLAY_EXAMPLE],
    async run({ status, type, onboarding, limit, cursor }) {
      const filter: DeliveryFilter = given({ status, type, onboardingId: onboarding });
      const page = await call(context, (client) => client.listDeliveries(filter, { limit, cursor }));
      return pageOutput(page, deliveryColumns(page.items));
    },
  });
}

function replayCommand(context: CommandContext): Command {
  const command = new Command('replay')
    .description('Resend a webhook with the same id, and re-enable its endpoint')
    .argument('<id>', 'evt_…', idWith('evt'));
  return withAction<ReasonOptions>(command, context, {
    dryRunTells: 'preview the delivery',
    examples: [REPLAY_EXAMPLE],
    async run({ reason, dryRun }, [id = '']) {
      const value = await call(context, (client) => client.replayDelivery(id, { reason }, { dryRun }));
      return tableOutput(value, deliveryColumns([value]));
    },
  });
}

function sendNowCommand(context: CommandContext): Command {
  const command = new Command('send-now').description(
    'Send all waiting webhooks now instead of after their backoff, and re-enable their endpoints',
  );
  return withAction<ReasonOptions>(command, context, {
    dryRunTells: 'count the waiting deliveries',
    examples: ['onboard deliveries send-now --reason "the receiver is back"'],
    async run({ reason, dryRun }) {
      const value = await call(context, (client) => client.sendDeliveriesNow({ reason }, { dryRun }));
      return tableOutput(value, { head: ['WAITING', 'DUE'], rows: [[value.waiting, value.due]] });
    },
  });
}

function testCommand(context: CommandContext): Command {
  const command = new Command('test').description('Send a signed webhook.test event to WEBHOOK_URL');
  return withAction<{ readonly reason: string }>(command, context, {
    examples: ['onboard deliveries test --reason "new receiver"'],
    async run({ reason }) {
      const value = await call(context, (client) => client.sendTestDelivery({ reason }));
      return tableOutput(value, deliveryColumns([value]));
    },
  });
}

const STYLES: Partial<Record<DeliveryAnswer['status'], Style>> = { delivered: 'good', failed: 'bad' };

const deliveryColumns = (deliveries: readonly DeliveryAnswer[]): Columns => ({
  head: ['ID', 'TYPE', 'ONBOARDING', 'NUMBER', 'STATUS', 'ERROR', 'ATTEMPTS', 'TO', 'NEXT', 'CREATED'],
  rows: deliveries.map((it) => [
    it.id,
    it.type,
    it.onboardingId,
    it.number,
    { text: it.status, style: STYLES[it.status] },
    it.error,
    it.attempts.length,
    it.attempts.at(-1)?.origin ?? it.destination,
    { instant: it.nextAttemptAt },
    { instant: it.createdAt },
  ]),
  cut: { ERROR: 'start', TO: 'end' },
  spare: ['NUMBER', 'ATTEMPTS', 'NEXT', 'CREATED', 'TO', 'ONBOARDING'],
});
