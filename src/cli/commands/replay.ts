import { Command } from 'commander';
import type { ReplayFilter, ReplayPreview, ReplayRequest } from '../../client/wire.ts';
import {
  commaList,
  filterOf,
  given,
  idWith,
  instantReader,
  wholeNumber,
  withFilter,
  type FilterOptions,
} from '../arguments.ts';
import { call, withAction, type CommandContext, type ReasonOptions } from '../command.ts';
import { EXIT, Misuse } from '../failures.ts';
import { layOut, say, type Output } from '../output.ts';
import { onboardingOutput } from '../view/onboarding.ts';
import { counted, expectedToFail, previewParts } from '../view/replay.ts';
import { followReplay, replayOutput } from './replays.ts';

type Options = FilterOptions &
  ReasonOptions & {
    readonly endedFrom?: string;
    readonly endedTo?: string;
    readonly ids?: readonly string[];
    readonly all?: true;
    readonly rate?: number;
    readonly yes?: true;
    readonly follow: boolean;
  };

const HOW = `
Without --dry-run, a bulk replay shows a preview and asks for confirmation; in scripts pass --yes. It exits with 1 when any onboarding failed again. Ctrl-C stops only the progress display: use "onboard replays" to follow, list and cancel replays.`;

export function replayCommand(context: CommandContext): Command {
  const instant = instantReader(context.terminal.now);
  const command = withFilter(
    new Command('replay')
      .description('Replay failed onboardings with a full retry budget: one by its id, or all that match')
      .argument('[id]', 'onb_…, to replay one onboarding', idWith('onb')),
    context.terminal,
  )
    .option('--ended-from <instant>', 'failed at or after', instant)
    .option('--ended-to <instant>', 'failed at or before', instant)
    .option('--ids <list>', 'only these ids, separated by commas', commaList)
    .option('--all', 'all failed onboardings')
    .option('--rate <count>', 'maximum queued per second', wholeNumber(1, 10_000))
    .option('--yes', 'start without confirmation')
    .option('--follow', 'show the progress until all have ended', true)
    .option('--no-follow', 'start without showing progress')
    .addHelpText('after', HOW);
  return withAction<Options>(command, context, {
    dryRunTells: 'preview the replay',
    examples: [
      'onboard replay onb_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "AWS raised our quota"',
      'onboard replay --error-code InternalException --from 24h --reason "AWS has recovered" --dry-run',
      'onboard replay --error-code LimitExceededException --region eu-west-1 --rate 20 --reason "quota raised" --yes',
    ],
    run: (options, [id]) =>
      id === undefined ? replayMany(context, options) : replayOne(context, id, options),
  });
}

async function replayOne(context: CommandContext, id: string, options: Options): Promise<Output> {
  if (Object.keys(filterFrom(options)).length > 0)
    throw new Misuse('Use either an id or filter options, not both.');
  const { reason, dryRun } = options;
  const onboarding = await call(context, (client) =>
    dryRun === true ? client.tryReplay(id, { reason }) : client.replay(id, { reason }),
  );
  return onboardingOutput(onboarding);
}

async function replayMany(context: CommandContext, options: Options): Promise<Output | undefined> {
  const { terminal } = context;
  const { yes, dryRun } = options;
  const request = requestOf(options);
  if (yes !== true && dryRun !== true && terminal.ask === undefined)
    throw new Misuse('No terminal to ask for confirmation. Check with --dry-run, then pass --yes.');
  if (yes === true && dryRun !== true) return begin(context, request, options);
  const preview = await call(context, (client) => client.previewReplay(request));
  if (dryRun === true) return { value: preview, parts: previewParts(preview) };
  if (preview.matched === 0) {
    terminal.err('No failed onboarding matches. Nothing to replay.\n');
    return undefined;
  }
  // The preview is talk here; the data is what becomes of the replay.
  terminal.err(layOut(previewParts(preview), terminal).text);
  if (await confirmed(context, preview)) return begin(context, request, options);
  terminal.err('Nothing was replayed.\n');
  context.endWith(EXIT.failed);
  return undefined;
}

async function confirmed({ terminal }: CommandContext, preview: ReplayPreview): Promise<boolean> {
  const again = expectedToFail(preview);
  if (again > 0) terminal.err(`\n${counted(again)} of these will fail again.\n`);
  const answer = await terminal.ask?.(`\nReplay ${counted(preview.matched)}? [y/N] `);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

async function begin(context: CommandContext, request: ReplayRequest, options: Options): Promise<Output> {
  const begun = await call(context, (client) => client.createReplay(request));
  say(context.terminal, `Started replay ${begun.id} of ${counted(begun.matched)}.`);
  return options.follow ? followReplay(context, begun) : replayOutput(begun);
}

function requestOf(options: Options): ReplayRequest {
  const filter = filterFrom(options);
  if (Object.keys(filter).length === 0)
    throw new Misuse('Use an id or a filter: --error-code, --region, --ids, … or --all.');
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
