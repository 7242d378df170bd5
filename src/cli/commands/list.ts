import { Command, Option } from 'commander';
import type { ListFilter } from '../../client/wire.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import { STATUSES, type Onboarding } from '../../domain/onboarding.ts';
import type { Page } from '../../domain/listing.ts';
import { given, wholeNumber, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { filterOf, withFilter } from '../filter-options.ts';
import { printList, sayThereAreMore, withJsonAndCsv, type OutputOptions } from '../output.ts';
import { csvText } from '../view/csv.ts';
import { onboardingColumns } from '../view/onboarding.ts';

type ListOptions = ListFilter & OutputOptions & { readonly limit: number; readonly cursor?: string };

const PAGE_SIZE = 200;

export function listCommand(context: CommandContext): Command {
  const command = withFilter(
    new Command('list')
      .description('List onboardings, newest first')
      .addOption(new Option('--status <status>', 'only this status').choices(STATUSES)),
    context,
  )
    .option('--limit <count>', 'at most so many; 0 lists all', wholeNumber(0, 10_000_000), 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: ListOptions) => list(context, options));
  return withExamples(
    withJsonAndCsv(command),
    'onboard list --status failed --region eu-west-1',
    'onboard list --customer cus_8fK2 --from 7d',
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
  sayThereAreMore(terminal, nextCursor);
}

async function* pages(client: OnboardingClient, options: ListOptions): AsyncGenerator<Page<Onboarding>> {
  const filter: ListFilter = { ...given({ status: options.status }), ...filterOf(options) };
  let left = options.limit === 0 ? Infinity : options.limit;
  let { cursor } = options;
  do {
    const page = await valueOf(
      client.listPage(filter, {
        limit: Math.min(left, PAGE_SIZE),
        ...given({ cursor }),
      }),
    );
    yield page;
    left -= page.items.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && left > 0);
}
