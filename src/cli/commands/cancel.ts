import { Command } from 'commander';
import { withExamples, withReason, type ReasonOptions } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { printJson, sayNothingWritten, withJson, type OutputOptions } from '../output.ts';
import { onboardingDetails } from '../view/onboarding.ts';

export function cancelCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('cancel')
    .description('Cancel an onboarding that is not provisioned: nothing more is tried, and its name is free')
    .argument('<id>', 'onb_…')
    .action(async (id: string, options: ReasonOptions & OutputOptions) => {
      const { reason } = options;
      const dryRun = options.dryRun === true;
      const client = await openClient();
      const onboarding = await valueOf(client.cancel(id, { reason }, { dryRun }));
      if (options.json === true) printJson(terminal, onboarding);
      else terminal.out(onboardingDetails(onboarding, terminal));
      if (dryRun) sayNothingWritten(terminal);
    });
  return withExamples(
    withJson(withReason(command, 'tell whether it could be cancelled')),
    'onboard cancel onb_01kaqk3v6m8x2c5d7f9h1j3n5q --reason "the customer gave us another account"',
  );
}
