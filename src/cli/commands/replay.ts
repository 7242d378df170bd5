import { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { onboardingDetails } from '../onboarding-view.ts';
import { printJson, withJson, type OutputOptions } from '../output.ts';

interface ReplayOptions extends OutputOptions {
  readonly reason: string;
  readonly dryRun?: true;
}

export function replayCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('replay')
    .description('Queue a failed onboarding again, with a full budget')
    .argument('<id>', 'onb_…')
    .requiredOption('--reason <text>', 'why; kept in the audit')
    .option('--dry-run', 'tell whether it could be replayed and write nothing')
    .action(async (id: string, options: ReplayOptions) => {
      const { reason, dryRun } = options;
      const client = await openClient();
      if (dryRun === true) {
        printJson(terminal, await valueOf(client.tryReplay(id, { reason })));
        terminal.err('Dry run: nothing was written.\n');
        return;
      }
      const onboarding = await valueOf(client.replay(id, { reason }));
      if (options.json === true) printJson(terminal, onboarding);
      else terminal.out(onboardingDetails(onboarding));
    });
  return withExamples(
    withJson(command),
    'onboard replay onb_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "AWS raised our quota"',
  );
}
