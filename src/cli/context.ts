import type { Answer } from '../client/answers.ts';
import { ProblemError } from '../client/client-errors.ts';
import type { OnboardingClient } from '../client/onboarding-client.ts';
import type { Environment } from '../runtime/config.ts';
import type { ExitCode } from './failures.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CommandContext {
  readonly env: Environment;
  readonly terminal: Terminal;
  /** Opened by the commands that need the service, after their arguments have been judged. */
  readonly openClient: () => Promise<OnboardingClient>;
  /** For a command that did its work and has a bad end to tell. */
  readonly endWith: (code: ExitCode) => void;
}

/** The value of an answer; a problem ends the command. */
export async function valueOf<T>(answer: Promise<Answer<T>>): Promise<T> {
  const settled = await answer;
  if (!settled.ok) throw new ProblemError(settled.problem);
  return settled.value;
}
