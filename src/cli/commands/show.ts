import { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { onboardingDetails } from '../onboarding-view.ts';
import { printJson, withJson, type OutputOptions } from '../output.ts';

export function showCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('show')
    .description('Show one onboarding')
    .argument('<id>', 'onb_…')
    .action(async (id: string, options: OutputOptions) => {
      const client = await openClient();
      const onboarding = await valueOf(client.get(id));
      if (options.json === true) printJson(terminal, onboarding);
      else terminal.out(onboardingDetails(onboarding));
    });
  return withExamples(withJson(command), 'onboard show onb_01kaqk3v6m8x2c5d7f9h1j3n5q');
}
