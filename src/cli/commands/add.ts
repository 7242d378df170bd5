import { Command, Option } from 'commander';
import { valueOrThrow } from '../../client/answers.ts';
import type { OnboardRequest } from '../../client/wire.ts';
import { LANES, type Lane } from '../../domain/onboarding.ts';
import { given, keyValue, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { Misuse } from '../failures.ts';
import { onboardingDetails } from '../view/onboarding.ts';
import { printJson, sayNothingWritten, withJson, type OutputOptions } from '../output.ts';

/** Somebody sits at the terminal: a reply that is lost is asked for again, but not for half a minute. */
const REPEAT_WITHIN_MS = 5_000;

interface AddOptions extends OutputOptions {
  readonly account: string;
  readonly region: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly sourceName?: string;
  readonly customerId?: string;
  readonly lane?: Lane;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly callbackUrl?: string;
  readonly dryRun?: true;
}

export function addCommand(context: CommandContext): Command {
  const command = new Command('add')
    .description('Onboard one customer account')
    .requiredOption('--account <id>', 'the customer’s 12-digit AWS account')
    .requiredOption('--region <region>', 'the customer’s Region')
    .option('--namespace <segments>', 'event namespace, one or more segments joined by "/"')
    .option('--name <segment>', 'event name, unique for this customer')
    .option('--source-name <name>', 'the whole aws.partner/… name, in place of --namespace and --name')
    .option('--customer-id <id>', 'your own id of the customer')
    .addOption(new Option('--lane <lane>', 'live: a person waits; bulk: nobody does').choices(LANES))
    .option('--metadata <key=value>', 'kept with the onboarding; repeat for more', keyValue)
    .option('--callback-url <url>', 'https address that is told of the end by a signed webhook')
    .option('--dry-run', 'check it and write nothing')
    .action((options: AddOptions) => add(context, options));
  return withExamples(
    withJson(command),
    'onboard add --account 000000000101 --region eu-west-1 --namespace tenant-42 --name orders',
  );
}

async function add({ terminal, openClient }: CommandContext, options: AddOptions): Promise<void> {
  const request = requestOf(options);
  const client = await openClient();
  if (options.dryRun === true) {
    printJson(terminal, await valueOf(client.tryEnqueue(request)));
    sayNothingWritten(terminal);
    return;
  }
  const answer = await client.enqueue(request, { withinMs: REPEAT_WITHIN_MS });
  const onboarding = valueOrThrow(answer);
  if (options.json === true) printJson(terminal, onboarding);
  else terminal.out(onboardingDetails(onboarding, terminal));
  if (answer.ok && answer.status === 200) terminal.err('It was there already; nothing was changed.\n');
}

function requestOf(options: AddOptions): OnboardRequest {
  const { account, region, customerId, lane, metadata, callbackUrl } = options;
  return { account, region, ...nameOf(options), ...given({ customerId, lane, metadata, callbackUrl }) };
}

type Name = { sourceName: string } | { eventNamespace: string; eventName: string };

function nameOf({ sourceName, namespace, name }: AddOptions): Name {
  if (sourceName !== undefined && namespace === undefined && name === undefined) return { sourceName };
  if (sourceName === undefined && namespace !== undefined && name !== undefined)
    return { eventNamespace: namespace, eventName: name };
  throw new Misuse('Give --namespace and --name, or --source-name alone.');
}
