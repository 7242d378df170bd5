import type { Environment } from '../runtime/config.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

/** Runs `onboard` with the arguments after its name. Answers the exit code: 0 done, 1 failed, 2 misuse. */
export function main(argv: readonly string[], env: Environment): Promise<number> {
  return runProgram(argv, { env, terminal: processTerminal(process, env) });
}
