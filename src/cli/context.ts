import { valueOrThrow, type Answer } from '../client/answers.ts';
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

/** The value of an answer; an error ends the command, or the loop that it stands in. */
export const valueOf = async <T>(answer: Promise<Answer<T>>): Promise<T> => valueOrThrow(await answer);

/** The value, or undefined where the token may not look or the service is too old to know the call. */
export async function valueIfThere<T>(answer: Promise<Answer<T>>): Promise<T | undefined> {
  const it = await answer;
  if (it.ok) return it.value;
  const { error } = it;
  if (error.kind === 'problem' && (error.status === 403 || error.status === 404)) return undefined;
  return valueOrThrow(it);
}
