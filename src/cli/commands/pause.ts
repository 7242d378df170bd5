import { Command } from 'commander';
import type { RegionState } from '../../client/wire.ts';
import { withExamples, withReason, type ReasonOptions } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { printJson, sayNothingWritten, withJson, type OutputOptions } from '../output.ts';
import { regionStateText } from '../view/region.ts';
import { safeText } from '../view/safe-text.ts';

export function pauseCommand(context: CommandContext): Command {
  return withExamples(
    regionCommand(context, { name: 'pause', method: 'pauseRegion' }).description(
      'Pause a Region: nothing there calls AWS until it is resumed, and nothing fails by it',
    ),
    'onboard pause eu-west-1 --reason "AWS asked us to hold off"',
  );
}

export function resumeCommand(context: CommandContext): Command {
  return withExamples(
    regionCommand(context, { name: 'resume', method: 'resumeRegion' }).description(
      'Resume a paused or drained Region',
    ),
    'onboard resume eu-west-1 --reason "quota was raised"',
  );
}

export function drainCommand(context: CommandContext): Command {
  return withExamples(
    regionCommand(context, { name: 'drain', method: 'drain' }).description(
      'Drain a Region: its queue runs to its end, and what comes in waits outside until it is resumed',
    ),
    'onboard drain eu-west-1 --reason "moving the workers of this Region"',
  );
}

function regionCommand(
  { terminal, openClient }: CommandContext,
  { name, method }: { name: string; method: 'pauseRegion' | 'resumeRegion' | 'drain' },
): Command {
  const command = new Command(name)
    .argument('<region>', 'such as eu-west-1')
    .action(async (region: string, options: ReasonOptions & OutputOptions) => {
      const { reason, dryRun } = options;
      const client = await openClient();
      const state = await valueOf(client[method](region, { reason }, { dryRun: dryRun === true }));
      if (options.json === true) printJson(terminal, state);
      else terminal.out(stateLine(state));
      if (dryRun === true) sayNothingWritten(terminal);
    });
  return withJson(withReason(command, 'tell how the Region would be'));
}

function stateLine(state: RegionState): string {
  const { pause, region } = state;
  const by = pause === null ? '' : ` by ${pause.actor} since ${pause.since}: ${pause.reason}`;
  return safeText(`${region}: ${regionStateText(state)}${by}`) + '\n';
}
