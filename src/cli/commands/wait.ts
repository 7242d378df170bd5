import { Command } from 'commander';
import { wholeNumber, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { CommandFailed, EXIT } from '../failures.ts';
import { onboardingDetails } from '../view/onboarding.ts';
import { printJson, withJson, type OutputOptions } from '../output.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import type { Onboarding } from '../../domain/onboarding.ts';

interface WaitOptions extends OutputOptions {
  readonly timeout?: number;
}

const LONGEST_SECONDS = 7 * 86_400;

export function waitCommand(context: CommandContext): Command {
  const command = new Command('wait')
    .description('Wait until an onboarding has ended; exits with 0 once it is provisioned')
    .argument('<id>', 'onb_…')
    .option('--timeout <seconds>', 'give up after so many seconds', wholeNumber(1, LONGEST_SECONDS))
    .action((id: string, options: WaitOptions) => wait(context, id, options));
  return withExamples(withJson(command), 'onboard wait onb_01kaqk3v6m8x2c5d7f9h1j3n5q --timeout 60');
}

async function wait(context: CommandContext, id: string, options: WaitOptions): Promise<void> {
  const { terminal } = context;
  const client = await context.openClient();
  const onboarding = await untilEnded(client, id, options.timeout);
  if (options.json === true) printJson(terminal, onboarding);
  else terminal.out(onboardingDetails(onboarding, terminal));
  if (onboarding.status !== 'provisioned') context.endWith(EXIT.failed);
}

async function untilEnded(
  client: OnboardingClient,
  id: string,
  timeout: number | undefined,
): Promise<Onboarding> {
  if (timeout === undefined) return valueOf(client.waitFor(id));
  const signal = AbortSignal.timeout(timeout * 1_000);
  try {
    return await valueOf(client.waitFor(id, { signal }));
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CommandFailed(
      `It has not ended within ${timeout} s: "onboard show ${id}" tells how it stands.`,
    );
  }
}
