import { Command, Option } from 'commander';
import type { ListFilter } from '../../client/wire.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import { STATUSES, type Onboarding } from '../../domain/onboarding.ts';
import type { Page } from '../../domain/listing.ts';
import { wholeNumber, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { csvText } from '../csv.ts';
import { onboardingColumns } from '../onboarding-view.ts';
import { printList, withJsonAndCsv, type OutputOptions } from '../output.ts';
import { safeText } from '../safe-text.ts';

type ListOptions = ListFilter & OutputOptions & { readonly limit: number; readonly cursor?: string };

const PAGE_SIZE = 200;

export function listCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('List onboardings, newest first')
    .addOption(new Option('--status <status>', 'only this status').choices(STATUSES))
    .option('--region <region>', 'only this Region')
    .option('--account <id>', 'only this AWS account')
    .option('--customer-id <id>', 'only this customer')
    .option('--error-code <code>', 'only with this last error')
    .option('--q <text>', 'part of source name, customer, account or a metadata value')
    .option('--from <instant>', 'created at or after, ISO 8601')
    .option('--to <instant>', 'created at or before, ISO 8601')
    .option('--limit <count>', 'at most so many; 0 lists all', wholeNumber(0, 10_000_000), 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: ListOptions) => list(context, options));
  return withExamples(
    withJsonAndCsv(command),
    'onboard list --status failed --region eu-west-1',
    'onboard list --limit 0 --csv > onboardings.csv',
  );
}

async function list({ terminal, openClient }: CommandContext, options: ListOptions): Promise<void> {
  const client = await openClient();
  let nextCursor: string | null = null;
  const items: Onboarding[] = [];
  let first = true;
  for await (const page of pages(client, options)) {
    nextCursor = page.nextCursor;
    // CSV goes out as it comes, so that a list of any length costs no memory.
    if (options.csv === true) terminal.out(csvText(onboardingColumns(page.items), { withHead: first }));
    else items.push(...page.items);
    first = false;
  }
  if (options.csv !== true)
    printList(terminal, options, { value: { items, nextCursor }, columns: onboardingColumns(items) });
  if (nextCursor !== null) terminal.err(`There are more: --cursor ${safeText(nextCursor)}\n`);
}

async function* pages(client: OnboardingClient, options: ListOptions): AsyncGenerator<Page<Onboarding>> {
  const filter = filterOf(options);
  let left = options.limit === 0 ? Infinity : options.limit;
  let { cursor } = options;
  do {
    const page = await valueOf(
      client.listPage(filter, {
        limit: Math.min(left, PAGE_SIZE),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    );
    yield page;
    left -= page.items.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && left > 0);
}

const FILTERS = ['status', 'region', 'account', 'customerId', 'errorCode', 'q', 'from', 'to'] as const;

function filterOf(options: ListOptions): ListFilter {
  const given = FILTERS.map((name) => [name, options[name]] as const).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(given);
}
