import { loadEnvFile } from '../runtime/env-file.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

/** Runs `onboard` with the arguments after its name. Answers the exit code: 0 done, 1 failed, 2 misuse. */
export async function main(
  argv: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  readEnvFile(env);
  return runProgram(argv, { env, terminal: processTerminal(process, env) });
}

/**
 * Adds what `.env` of the current folder sets. A token of the environment goes to no address that only the file names: the
 * folder may be anyone's.
 */
export function readEnvFile(env: Record<string, string | undefined>): void {
  const { ONBOARD_TOKEN: token, ONBOARD_URL: url } = env;
  loadEnvFile(env);
  if (token !== undefined && url === undefined) delete env['ONBOARD_URL'];
}
