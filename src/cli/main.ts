import { loadEnvFile } from '../runtime/env-file.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

/** Runs `onboard` with the arguments after its name. Answers the exit code: 0 done, 1 failed, 2 misuse. */
export async function main(
  argv: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  loadEnvFile(env);
  return runProgram(argv, { env, terminal: processTerminal(process, env) });
}
