import { Command, Option } from 'commander';
import type { ListFilter } from '../../client/wire.ts';
import { CONNECTIONS, STATUSES, type Onboarding } from '../../domain/onboarding.ts';
import { shown } from '../../domain/shown.ts';
import type { Page } from '../../domain/listing.ts';
import { durationReader, filterOf, given, wholeNumber, withFilter, type PageChoice } from '../arguments.ts';
import { call, withAction, type CommandContext } from '../command.ts';
import { pageOutput } from '../output.ts';
import { onboardingColumns, onboardingSheet } from '../view/onboarding.ts';
import { csvText } from '../view/table.ts';

type ListOptions = ListFilter & PageChoice & { readonly expiringWithin?: number };

const PAGE_SIZE = 200;

export function listCommand(context: CommandContext): Command {
  const command = withFilter(
    new Command('list')
      .description('List onboardings, newest first')
      .addOption(new Option('--status <status>', 'only this status').choices(STATUSES))
      .addOption(new Option('--connection <connection>', 'only this connection').choices(CONNECTIONS))
      .option(
        '--expiring-within <duration>',
        'waiting for the customer, and expires within this time (90m, 48h, 7d)',
        durationReader,
      ),
    context.terminal,
  )
    .option('--limit <count>', 'maximum number; 0 lists all', wholeNumber(0, 10_000_000), 50)
    .option('--cursor <cursor>', 'continue after an earlier page');
  return withAction<ListOptions>(command, context, {
    csv: true,
    examples: [
      'onboard list --status failed --region eu-west-1',
      'onboard list --customer cus_8fK2 --from 7d',
      'onboard list --connection waiting --expiring-within 48h',
      'onboard list --limit 0 --csv > onboardings.csv',
    ],
    async run(options) {
      let nextCursor: string | null = null;
      const items: Onboarding[] = [];
      let withHead = true;
      for await (const page of pages(context, options)) {
        nextCursor = page.nextCursor;
        // CSV goes out as it comes, so that a list of any length costs no memory.
        if (options.csv === true) context.terminal.out(csvText(onboardingSheet(page.items), { withHead }));
        else items.push(...page.items);
        withHead = false;
      }
      const output = pageOutput({ items, nextCursor }, onboardingColumns(items));
      const notes = [
        ...(output.notes ?? []),
        ...(items.length === 0 ? await regionNotes(context, options) : []),
      ];
      return options.csv === true ? { ...output, parts: [], csv: undefined } : { ...output, notes };
    },
  });
}

/** An empty list for a Region that the service does not have is a mistyped Region, most likely. */
async function regionNotes(context: CommandContext, { region }: ListOptions): Promise<readonly string[]> {
  if (region === undefined) return [];
  const { regions } = await call(context, (client) => client.stats());
  const names = regions.map((it) => it.region);
  return names.includes(region)
    ? []
    : [`The service has no Region ${shown(region)}. Its Regions: ${names.join(', ')}.`];
}

async function* pages(context: CommandContext, options: ListOptions): AsyncGenerator<Page<Onboarding>> {
  const { status, connection, expiringWithin } = options;
  const expiringBefore =
    expiringWithin === undefined
      ? undefined
      : new Date(context.terminal.now() + expiringWithin).toISOString();
  const filter: ListFilter = { ...given({ status, connection, expiringBefore }), ...filterOf(options) };
  let left = options.limit === 0 ? Infinity : options.limit;
  let { cursor } = options;
  do {
    const limit = Math.min(left, PAGE_SIZE);
    const page = await call(context, (client) => client.listPage(filter, { limit, cursor }));
    yield page;
    left -= page.items.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && left > 0);
}
