import { Command } from 'commander';
import type { FailureGroup, FailuresFilter } from '../../client/failure-answers.ts';
import { given, instantReader, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { CommandFailed } from '../failures.ts';
import { printList, withJsonAndCsv, type OutputOptions } from '../output.ts';
import { failureSheet, failuresText, failureText } from '../view/failures.ts';

type Options = FailuresFilter & OutputOptions;

export function failuresCommand(context: CommandContext): Command {
  const instant = instantReader(context.terminal.now);
  const command = new Command('failures')
    .description('Group what has failed by its error, with advice; or all about one error')
    .argument('[code]', 'an error’s name: what it means, what to do, and the commands that come next')
    .option('--region <region>', 'only this Region')
    .option('--from <instant>', 'failed at or after: ISO 8601, or so long ago (90m, 24h, 7d)', instant)
    .option('--to <instant>', 'failed at or before, likewise', instant)
    .action((code: string | undefined, options: Options) =>
      code === undefined ? showAll(context, options) : showOne(context, code, options),
    );
  return withExamples(
    withJsonAndCsv(command),
    'onboard failures',
    'onboard failures LimitExceededException',
    'onboard failures --region eu-west-1 --from 24h --csv > failures.csv',
  );
}

async function showAll(context: CommandContext, options: Options): Promise<void> {
  const { terminal } = context;
  const items = await groupsOf(context, options);
  if (options.json === true || options.csv === true) {
    printList(terminal, options, { value: { items }, columns: failureSheet(items) });
    return;
  }
  if (items.length === 0) {
    terminal.err('Nothing has failed.\n');
    return;
  }
  terminal.out(failuresText(items, terminal));
  terminal.err('\n"onboard failures <error>" tells what it means and what to do.\n');
}

async function showOne(context: CommandContext, code: string, options: Options): Promise<void> {
  const { terminal } = context;
  const groups = await groupsOf(context, options);
  const group = groups.find(({ errorCode }) => errorCode === code);
  if (group === undefined) {
    const there = groups.map(({ errorCode }) => errorCode).join(', ');
    throw new CommandFailed(`Nothing has failed with ${code}${there === '' ? '.' : `: there are ${there}.`}`);
  }
  if (options.json === true || options.csv === true)
    printList(terminal, options, { value: group, columns: failureSheet([group]) });
  else terminal.out(failureText(group, terminal));
}

async function groupsOf({ openClient }: CommandContext, options: Options): Promise<readonly FailureGroup[]> {
  const { region, from, to } = options;
  const client = await openClient();
  return (await valueOf(client.failures(given({ region, from, to })))).items;
}
