import { Option, type Command } from 'commander';
import { valueOrThrow, type Answer } from '../client/answers.ts';
import type { OnboardingClient } from '../client/onboarding-client.ts';
import type { Environment } from '../runtime/config.ts';
import { someText } from './arguments.ts';
import { EXIT, type ExitCode } from './failures.ts';
import { print, say, type Output, type OutputOptions } from './output.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CommandContext {
  readonly env: Environment;
  readonly terminal: Terminal;
  /** Opened by the commands that need the service, after their arguments have been checked. */
  readonly openClient: () => Promise<OnboardingClient>;
  /** For a command that did its work and reports a failure. */
  readonly endWith: (code: ExitCode) => void;
}

/** The options of whatever an operator changes. */
export interface ReasonOptions {
  readonly reason: string;
  readonly dryRun?: true;
}

interface Action<Options> {
  /** With real values. */
  readonly examples: readonly string[];
  /** Lists have `--csv` too. */
  readonly csv?: true;
  /** What a dry run tells: adds `--reason` and `--dry-run`. */
  readonly dryRunTells?: string;
  /** Undefined: it has printed by itself. `failed` makes the exit code 1. */
  readonly run: (
    options: Options & OutputOptions,
    args: readonly string[],
  ) => Promise<(Output & { readonly failed?: boolean }) | undefined>;
}

/** Adds to a command what all have in common: the output's options, the examples, and printing what it returns. */
export function withAction<Options extends object>(
  command: Command,
  { terminal, endWith }: CommandContext,
  { examples, csv, dryRunTells, run }: Action<Options>,
): Command {
  if (dryRunTells !== undefined)
    command
      .requiredOption('--reason <text>', 'reason, recorded in the audit log', someText)
      .option('--dry-run', `${dryRunTells} and write nothing`);
  command.option('--json', 'print the API’s JSON on stdout');
  if (csv === true)
    command.addOption(
      new Option('--csv', 'print CSV on stdout, safe to open in a spreadsheet').conflicts('json'),
    );
  command.action(async () => {
    const options = command.opts<Options & OutputOptions & { readonly dryRun?: true }>();
    const output = await run(options, command.args);
    if (output === undefined) return;
    print(terminal, options, output);
    if (options.dryRun === true) say(terminal, 'Dry run: nothing was written.');
    if (output.failed === true) endWith(EXIT.failed);
  });
  return withExamples(command, examples);
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${title}\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
}

/** Calls the service; an error ends the command. */
export async function call<T>(
  { openClient }: CommandContext,
  make: (client: OnboardingClient) => Promise<Answer<T>>,
): Promise<T> {
  return valueOrThrow(await make(await openClient()));
}
