import { Command } from 'commander';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import type { Replay, ReplayFilter, ReplayPreview, ReplayRequest } from '../../client/replay-answers.ts';
import {
  commaList,
  given,
  instantReader,
  wholeNumber,
  withExamples,
  withReason,
  type ReasonOptions,
} from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { EXIT, Misuse } from '../failures.ts';
import { filterOf, withFilter, type FilterOptions } from '../filter-options.ts';
import { endedWell, followReplay } from '../follow-replay.ts';
import { printJson, say, sayNothingWritten, withJson, type OutputOptions } from '../output.ts';
import { onboardingDetails } from '../view/onboarding.ts';
import { counted, expectedToFail, previewText, replayDetails } from '../view/replay.ts';

type Options = FilterOptions &
  ReasonOptions &
  OutputOptions & {
    readonly endedFrom?: string;
    readonly endedTo?: string;
    readonly ids?: readonly string[];
    readonly all?: true;
    readonly rate?: number;
    readonly yes?: true;
    readonly follow: boolean;
  };

const HOW = `
Without --dry-run a bulk replay is shown first and asks before it begins; scripts give --yes. It exits with 1 when
some of it failed again. Ctrl-C ends the looking only: "onboard replays" follows, lists and cancels.`;

export function replayCommand(context: CommandContext): Command {
  const instant = instantReader(context.terminal.now);
  const command = withFilter(
    new Command('replay')
      .description('Queue failed onboardings again with a full budget: one by its id, or all that match')
      .argument('[id]', 'onb_…, for a single one'),
    context,
  )
    .option('--ended-from <instant>', 'failed at or after', instant)
    .option('--ended-to <instant>', 'failed at or before', instant)
    .option('--ids <list>', 'these ones, separated by commas', commaList)
    .option('--all', 'every failed one')
    .option('--rate <count>', 'so many a second at the most', wholeNumber(1, 10_000))
    .option('--yes', 'begin without asking')
    .option('--follow', 'show the progress until all have ended', true)
    .option('--no-follow', 'only begin')
    .addHelpText('after', HOW)
    .action((id: string | undefined, options: Options) =>
      id === undefined ? replayMany(context, options) : replayOne(context, id, options),
    );
  return withExamples(
    withJson(withReason(command, 'tell what would be replayed')),
    'onboard replay onb_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "AWS raised our quota"',
    'onboard replay --error-code InternalException --from 24h --reason "AWS is well again" --dry-run',
    'onboard replay --error-code LimitExceededException --region eu-west-1 --rate 20 --reason "quota raised" --yes',
  );
}

async function replayOne(
  { terminal, openClient }: CommandContext,
  id: string,
  options: Options,
): Promise<void> {
  if (Object.keys(filterFrom(options)).length > 0)
    throw new Misuse('Give an id, or say by options which ones, and not both.');
  const { reason, dryRun } = options;
  const client = await openClient();
  const onboarding = await valueOf(
    dryRun === true ? client.tryReplay(id, { reason }) : client.replay(id, { reason }),
  );
  if (options.json === true) printJson(terminal, onboarding);
  else terminal.out(onboardingDetails(onboarding, terminal));
  if (dryRun === true) sayNothingWritten(terminal);
}

async function replayMany(context: CommandContext, options: Options): Promise<void> {
  const { terminal } = context;
  const request = requestOf(options);
  const mayAsk = options.yes !== true && options.dryRun !== true;
  if (mayAsk && terminal.ask === undefined)
    throw new Misuse('Nobody can be asked here: look with --dry-run, then give --yes.');
  const client = await context.openClient();
  if (options.yes === true && options.dryRun !== true) return begin(context, { client, request, options });
  const preview = await valueOf(client.previewReplay(request));
  if (options.dryRun === true) {
    if (options.json === true) printJson(terminal, preview);
    else terminal.out(previewText(preview, terminal));
    sayNothingWritten(terminal);
    return;
  }
  if (preview.matched === 0) {
    terminal.err('No failed onboarding matches: nothing to replay.\n');
    return;
  }
  // The preview is talk here; the data is what becomes of the replay.
  terminal.err(previewText(preview, terminal));
  if (await confirmed(context, preview)) return begin(context, { client, request, options });
  terminal.err('Nothing was replayed.\n');
  context.endWith(EXIT.failed);
}

async function confirmed({ terminal }: CommandContext, preview: ReplayPreview): Promise<boolean> {
  const again = expectedToFail(preview);
  if (again > 0) terminal.err(`\n${counted(again)} of these would fail again as things are.\n`);
  const answer = await terminal.ask?.(`\nReplay ${counted(preview.matched)}? [y/N] `);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

async function begin(
  context: CommandContext,
  { client, request, options }: { client: OnboardingClient; request: ReplayRequest; options: Options },
): Promise<void> {
  const { terminal } = context;
  const begun = await valueOf(client.createReplay(request));
  say(terminal, `Replay ${begun.id} of ${counted(begun.matched)} has begun.`);
  const replay: Replay = options.follow ? await followReplay(begun, { client, terminal }) : begun;
  if (options.json === true) printJson(terminal, replay);
  else terminal.out(replayDetails(replay, terminal));
  if (options.follow && !endedWell(replay)) context.endWith(EXIT.failed);
}

function requestOf(options: Options): ReplayRequest {
  const filter = filterFrom(options);
  if (Object.keys(filter).length === 0)
    throw new Misuse('Give an id, or say which ones: --error-code, --region, --ids, … or --all.');
  return { filter, reason: options.reason, ...given({ ratePerSecond: options.rate }) };
}

function filterFrom(options: Options): ReplayFilter {
  const { endedFrom, endedTo, ids, all } = options;
  return {
    ...(all === true ? { status: 'failed' as const } : {}),
    ...filterOf(options),
    ...given({ endedFrom, endedTo, ids }),
  };
}
