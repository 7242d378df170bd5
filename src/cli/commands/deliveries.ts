import { Command, Option } from 'commander';
import type { DeliveriesFilter, DeliveryAnswer } from '../../client/delivery-answers.ts';
import { DELIVERY_STATUSES, EVENT_TYPES } from '../../domain/delivery.ts';
import { given, wholeNumber, withExamples, withReason, type ReasonOptions } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import {
  printJson,
  printList,
  sayNothingWritten,
  sayThereAreMore,
  withJson,
  withJsonAndCsv,
  type OutputOptions,
} from '../output.ts';
import type { Style } from '../view/style.ts';
import type { Columns } from '../view/table.ts';

interface ListOptions extends OutputOptions {
  readonly status?: NonNullable<DeliveriesFilter['status']>;
  readonly type?: NonNullable<DeliveriesFilter['type']>;
  readonly onboarding?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** Lists by itself; `deliveries replay` sends one again. */
export function deliveriesCommand(context: CommandContext): Command {
  const command = new Command('deliveries')
    .description('List the webhook deliveries with what their last call came to, newest first')
    .addOption(new Option('--status <status>', 'only this status').choices(DELIVERY_STATUSES))
    .addOption(new Option('--type <type>', 'only this event').choices(EVENT_TYPES))
    .option('--onboarding <id>', 'only of this onboarding')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 200), 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: ListOptions) => list(context, options))
    .addCommand(replayCommand(context));
  return withExamples(
    withJsonAndCsv(command),
    'onboard deliveries --status failed',
    'onboard deliveries replay evt_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "the receiver is back"',
  );
}

function replayCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('replay')
    .description('Send a webhook again, with the same id, and enable its endpoint')
    .argument('<id>', 'evt_…')
    .action(async (id: string, options: ReasonOptions & OutputOptions) => {
      const { reason } = options;
      const dryRun = options.dryRun === true;
      const client = await openClient();
      const delivery = await valueOf(client.replayDelivery(id, { reason }, { dryRun }));
      if (options.json === true) printJson(terminal, delivery);
      else printList(terminal, {}, { value: delivery, columns: deliveryColumns([delivery]) });
      if (dryRun) sayNothingWritten(terminal);
    });
  return withExamples(
    withJson(withReason(command, 'tell what would be sent again')),
    'onboard deliveries replay evt_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "the receiver is back"',
  );
}

async function list({ terminal, openClient }: CommandContext, options: ListOptions): Promise<void> {
  const { status, type, onboarding, limit, cursor } = options;
  const filter: DeliveriesFilter = given({ status, type, onboardingId: onboarding });
  const client = await openClient();
  const page = await valueOf(client.listDeliveries(filter, { limit, ...given({ cursor }) }));
  printList(terminal, options, { value: page, columns: deliveryColumns(page.items) });
  sayThereAreMore(terminal, page.nextCursor);
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
