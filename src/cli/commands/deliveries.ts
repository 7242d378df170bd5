import { Command, Option } from 'commander';
import type { DeliveriesFilter, DeliveryAnswer } from '../../client/delivery-answers.ts';
import { DELIVERY_STATUSES, EVENT_TYPES } from '../../domain/delivery.ts';
import { wholeNumber, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { printJson, printList, withJson, withJsonAndCsv, type OutputOptions } from '../output.ts';
import type { Columns } from '../table.ts';

interface ListOptions extends OutputOptions {
  readonly status?: NonNullable<DeliveriesFilter['status']>;
  readonly type?: NonNullable<DeliveriesFilter['type']>;
  readonly onboarding?: string;
  readonly limit: number;
  readonly cursor?: string;
}

interface ReplayOptions extends OutputOptions {
  readonly reason: string;
  readonly dryRun?: true;
}

/** Lists by itself; `deliveries replay` sends one again. */
export function deliveriesCommand(context: CommandContext): Command {
  const command = new Command('deliveries')
    .description('List the webhook notifications with what their last call came to, newest first')
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
    .description('Send a notification again, with the same id, and enable its endpoint')
    .argument('<id>', 'evt_…')
    .requiredOption('--reason <text>', 'why; kept in the audit')
    .option('--dry-run', 'tell what would be sent again and write nothing')
    .action(async (id: string, options: ReplayOptions) => {
      const { reason } = options;
      const dryRun = options.dryRun === true;
      const client = await openClient();
      const delivery = await valueOf(client.replayDelivery(id, { reason }, { dryRun }));
      if (options.json === true) printJson(terminal, delivery);
      else printList(terminal, {}, { value: delivery, columns: deliveryColumns([delivery]) });
      if (dryRun) terminal.err('Dry run: nothing was written.\n');
    });
  return withExamples(
    withJson(command),
    'onboard deliveries replay evt_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "the receiver is back"',
  );
}

async function list({ terminal, openClient }: CommandContext, options: ListOptions): Promise<void> {
  const { status, type, onboarding, limit, cursor } = options;
  const filter: DeliveriesFilter = {
    ...(status === undefined ? {} : { status }),
    ...(type === undefined ? {} : { type }),
    ...(onboarding === undefined ? {} : { onboardingId: onboarding }),
  };
  const client = await openClient();
  const page = await valueOf(
    client.listDeliveries(filter, { limit, ...(cursor === undefined ? {} : { cursor }) }),
  );
  printList(terminal, options, { value: page, columns: deliveryColumns(page.items) });
  if (page.nextCursor !== null) terminal.err(`There are more: --cursor ${page.nextCursor}\n`);
}

const deliveryColumns = (deliveries: readonly DeliveryAnswer[]): Columns => ({
  head: ['ID', 'TYPE', 'ONBOARDING', 'NUMBER', 'STATUS', 'ERROR', 'ATTEMPTS', 'TO', 'NEXT', 'CREATED'],
  rows: deliveries.map((it) => [
    it.id,
    it.type,
    it.onboardingId,
    it.number,
    it.status,
    it.error,
    it.attempts.length,
    it.attempts.at(-1)?.origin ?? it.destination,
    it.nextAttemptAt,
    it.createdAt,
  ]),
});
