import { Command } from 'commander';
import type { RegionState } from '../../client/wire.ts';
import { withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { printJson, withJson, type OutputOptions } from '../output.ts';
import { safeText } from '../safe-text.ts';
import { regionStateText } from '../region-view.ts';

interface PauseOptions extends OutputOptions {
  readonly reason: string;
  readonly dryRun?: true;
}

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
    regionCommand(context, { name: 'resume', method: 'resumeRegion' }).description('Resume a paused Region'),
    'onboard resume eu-west-1 --reason "quota was raised"',
  );
}

function regionCommand(
  { terminal, openClient }: CommandContext,
  { name, method }: { name: string; method: 'pauseRegion' | 'resumeRegion' },
): Command {
  const command = new Command(name)
    .argument('<region>', 'such as eu-west-1')
    .requiredOption('--reason <text>', 'why; kept in the audit')
    .option('--dry-run', 'tell how the Region would be and write nothing')
    .action(async (region: string, options: PauseOptions) => {
      const { reason, dryRun } = options;
      const client = await openClient();
      const state = await valueOf(client[method](region, { reason }, { dryRun: dryRun === true }));
      if (options.json === true) printJson(terminal, state);
      else terminal.out(stateLine(state));
      if (dryRun === true) terminal.err('Dry run: nothing was written.\n');
    });
  return withJson(command);
}

function stateLine(state: RegionState): string {
  const { pause, region } = state;
  const by = pause === null ? '' : ` by ${pause.actor} since ${pause.since}: ${pause.reason}`;
  return safeText(`${region}: ${regionStateText(state)}${by}`) + '\n';
}
