import { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import { valueIfThere, valueOf, type CommandContext } from '../context.ts';
import { printJson, printTable, withJson, type OutputOptions } from '../output.ts';
import { onboardingDetails } from '../view/onboarding.ts';
import { timelineColumns } from '../view/timeline.ts';

/** As many as one answer holds; nobody reads more of them in a terminal. */
const AUDIT_MAX = 200;

export function showCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('show')
    .description('Show one onboarding, and all that happened to it')
    .argument('<id>', 'onb_…')
    .addHelpText('after', '\nThe timeline needs the role viewer; --json prints the onboarding alone.')
    .action(async (id: string, options: OutputOptions) => {
      const client = await openClient();
      const onboarding = await valueOf(client.get(id));
      if (options.json === true) {
        printJson(terminal, onboarding);
        return;
      }
      terminal.out(onboardingDetails(onboarding, terminal));
      const [attempts, audit] = await Promise.all([
        valueIfThere(client.attempts(id)),
        valueIfThere(client.audit({ subject: id }, { limit: AUDIT_MAX })),
      ]);
      if (attempts === undefined) return;
      terminal.out('\n');
      printTable(
        terminal,
        timelineColumns(onboarding, { attempts: attempts.items, audit: audit?.items ?? [] }),
      );
    });
  return withExamples(withJson(command), 'onboard show onb_01kaqk3v6m8x2c5d7f9h1j3n5q');
}
