import { Command, Option } from 'commander';
import { valueOrThrow } from '../../client/answers.ts';
import type { OnboardRequest } from '../../client/wire.ts';
import { LANES, type Lane } from '../../domain/onboarding.ts';
import { given, keyValue, someText } from '../arguments.ts';
import { call, withAction, type CommandContext } from '../command.ts';
import { Misuse } from '../failures.ts';
import type { Output } from '../output.ts';
import { onboardingOutput } from '../view/onboarding.ts';
import { safeJson } from '../view/text.ts';

/** A person waits at the terminal: a lost reply is retried, but not for half a minute. */
const REPEAT_WITHIN_MS = 5_000;

interface AddOptions {
  readonly account: string;
  readonly region: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly sourceName?: string;
  readonly customerId?: string;
  readonly lane?: Lane;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly callbackUrl?: string;
  readonly wait?: true;
  readonly dryRun?: true;
}

export function addCommand(context: CommandContext): Command {
  const command = new Command('add')
    .description('Onboard one customer account')
    .requiredOption('--account <id>', 'the customer’s 12-digit AWS account', someText)
    .requiredOption('--region <region>', 'the customer’s Region', someText)
    .option('--namespace <segments>', 'event namespace, one or more segments joined by "/"', someText)
    .option('--name <segment>', 'event name, unique for this customer', someText)
    .option(
      '--source-name <name>',
      'the whole aws.partner/… name, instead of --namespace and --name',
      someText,
    )
    .option('--customer-id <id>', 'your own id for the customer', someText)
    .addOption(
      new Option('--lane <lane>', 'live: a user is waiting; bulk: no user is waiting').choices(LANES),
    )
    .option('--metadata <key=value>', 'stored with the onboarding; repeatable', keyValue)
    .option('--callback-url <url>', 'https URL that receives the result as a signed webhook', someText)
    .option('--wait', 'wait for the result; exit code 1 unless it is provisioned')
    .option('--dry-run', 'validate and write nothing');
  return withAction<AddOptions>(command, context, {
    examples: [
      'onboard add --account 000000000101 --region eu-west-1 --namespace tenant-42 --name orders',
      'onboard add --account 000000000101 --region eu-west-1 --namespace tenant-42 --name orders --wait',
    ],
    run: (options) => add(context, options),
  });
}

async function add(
  context: CommandContext,
  options: AddOptions,
): Promise<Output & { readonly failed?: boolean }> {
  const request = requestOf(options);
  if (options.dryRun === true) {
    const trial = await call(context, (client) => client.tryEnqueue(request));
    return { value: trial, parts: [() => `${safeJson(trial)}\n`] };
  }
  const client = await context.openClient();
  const answer = await client.enqueue(request, { withinMs: REPEAT_WITHIN_MS });
  const isKnown = answer.ok && answer.status === 200;
  const accepted = valueOrThrow(answer);
  const notes = isKnown ? ['The onboarding already exists. Nothing was changed.'] : [];
  if (options.wait !== true) return { ...onboardingOutput(accepted), notes };
  const ended = valueOrThrow(await client.waitFor(accepted.id));
  return { ...onboardingOutput(ended), notes, failed: ended.status !== 'provisioned' };
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
  throw new Misuse('Use --namespace and --name, or --source-name alone.');
}
