import { Command, Option } from 'commander';
import type { Replay } from '../../client/replay-answers.ts';
import { given, wholeNumber, withExamples, withReason, type ReasonOptions } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { EXIT } from '../failures.ts';
import { endedWell, followReplay } from '../follow-replay.ts';
import {
  printJson,
  printList,
  sayNothingWritten,
  sayThereAreMore,
  withJson,
  withJsonAndCsv,
  type OutputOptions,
} from '../output.ts';
import { replayColumns, replayDetails } from '../view/replay.ts';

interface ListOptions extends OutputOptions {
  readonly status?: Replay['status'];
  readonly limit: number;
  readonly cursor?: string;
}

const ID = 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q';

/** Lists by itself; what is below it looks at one. */
export function replaysCommand(context: CommandContext): Command {
  const command = new Command('replays')
    .description('List the bulk replays, newest first; show, follow or cancel one')
    .addOption(
      new Option('--status <status>', 'only this status').choices(['running', 'completed', 'cancelled']),
    )
    .option('--limit <count>', 'at most so many', wholeNumber(1, 200), 20)
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .action((options: ListOptions) => list(context, options))
    .addCommand(showCommand(context))
    .addCommand(followCommand(context))
    .addCommand(cancelCommand(context));
  return withExamples(
    withJsonAndCsv(command),
    'onboard replays --status running',
    `onboard replays follow ${ID}`,
    `onboard replays cancel ${ID} --reason "the wrong group"`,
  );
}

async function list({ terminal, openClient }: CommandContext, options: ListOptions): Promise<void> {
  const { status, limit, cursor } = options;
  const client = await openClient();
  const page = await valueOf(client.listReplays(given({ status }), { limit, ...given({ cursor }) }));
  printList(terminal, options, { value: page, columns: replayColumns(page.items) });
  sayThereAreMore(terminal, page.nextCursor);
}

function showCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('show')
    .description('Show a bulk replay and how far it has come')
    .argument('<id>', 'rpl_…')
    .action(async (id: string, options: OutputOptions) => {
      const client = await openClient();
      const replay = await valueOf(client.replayProgress(id));
      if (options.json === true) printJson(terminal, replay);
      else terminal.out(replayDetails(replay, terminal));
    });
  return withExamples(withJson(command), `onboard replays show ${ID}`);
}

function followCommand(context: CommandContext): Command {
  const { terminal } = context;
  const command = new Command('follow')
    .description('Show a bulk replay’s progress until it has ended; exits with 1 when some failed again')
    .argument('<id>', 'rpl_…')
    .action(async (id: string, options: OutputOptions) => {
      const client = await context.openClient();
      const replay = await followReplay(await valueOf(client.replayProgress(id)), { client, terminal });
      if (options.json === true) printJson(terminal, replay);
      else terminal.out(replayDetails(replay, terminal));
      if (!endedWell(replay)) context.endWith(EXIT.failed);
    });
  return withExamples(withJson(command), `onboard replays follow ${ID}`);
}

function cancelCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('cancel')
    .description('Put no more of a bulk replay into the queue; what is there already goes on')
    .argument('<id>', 'rpl_…')
    .action(async (id: string, options: ReasonOptions & OutputOptions) => {
      const { reason } = options;
      const dryRun = options.dryRun === true;
      const client = await openClient();
      const replay = await valueOf(client.cancelReplay(id, { reason }, { dryRun }));
      if (options.json === true) printJson(terminal, replay);
      else terminal.out(replayDetails(replay, terminal));
      if (dryRun) sayNothingWritten(terminal);
    });
  return withExamples(
    withJson(withReason(command, 'tell how it would be')),
    `onboard replays cancel ${ID} --reason "the wrong group"`,
  );
}
