/**
 * The command line over the HTTP API: arguments, output and exit codes (0 done, 1 failed, 2 misuse). Only data goes to stdout,
 * and everything from outside is made safe before it is printed.
 */
import { Command } from 'commander';
import type { Environment } from '../runtime/config.ts';
import { packageVersion } from '../runtime/package.ts';
import { addCommand } from './commands/add.ts';
import { auditCommand } from './commands/audit.ts';
import { completeCommand, completionCommand } from './commands/completion.ts';
import { deliveriesCommand } from './commands/deliveries.ts';
import { doctorCommand } from './commands/doctor.ts';
import { failuresCommand } from './commands/failures.ts';
import { iamPolicyCommand } from './commands/iam-policy.ts';
import { importCommand } from './commands/import.ts';
import { listCommand } from './commands/list.ts';
import {
  attemptsCommand,
  cancelCommand,
  checkCommand,
  showCommand,
  waitCommand,
} from './commands/one-onboarding.ts';
import { drainCommand, lossesCommand, pauseCommand, resumeCommand } from './commands/regions.ts';
import { replayCommand } from './commands/replay.ts';
import { replaysCommand } from './commands/replays.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { statsCommand } from './commands/stats.ts';
import { watchCommand } from './commands/watch.ts';
import type { CommandContext } from './command.ts';
import { EXIT, reportFailure, type ExitCode } from './failures.ts';
import { openClient, type OpenedService } from './open-client.ts';
import { commandOutput, type Terminal } from './terminal.ts';

/** As the help lists them, by what one wants to do. */
const GROUPS: readonly (readonly [string, readonly ((context: CommandContext) => Command)[]])[] = [
  ['Onboard:', [addCommand, importCommand, waitCommand]],
  [
    'Inspect:',
    [listCommand, showCommand, checkCommand, attemptsCommand, statsCommand, watchCommand, auditCommand],
  ],
  ['Operate:', [failuresCommand, replayCommand, replaysCommand, cancelCommand, deliveriesCommand]],
  ['Regions:', [pauseCommand, resumeCommand, drainCommand, lossesCommand]],
  ['Set up:', [doctorCommand, iamPolicyCommand, sandboxCommand, completionCommand]],
];

const ENVIRONMENT = `
Environment:
  ONBOARD_URL    URL of the service (default http://127.0.0.1:3000)
  ONBOARD_TOKEN  token of the service (default: the one an embedded service stores in DATA_DIR)
  DATA_DIR       folder of the embedded service (default .data)

  NO_COLOR       if set, no colors

Examples:
  $ onboard add --account 000000000101 --region eu-west-1 --namespace tenant-42 --name orders
  $ onboard failures
  $ onboard watch

Exit code: 0 success, 1 failure, 2 usage error`;

/** Runs one command line to its end and answers the exit code. */
export async function runProgram(
  argv: readonly string[],
  { env, terminal }: { env: Environment; terminal: Terminal },
): Promise<ExitCode> {
  let ended: ExitCode = EXIT.done;
  let opened: OpenedService | undefined;
  const context: CommandContext = {
    env,
    terminal,
    openClient: async () => (opened ??= await openClient(env)).client,
    endWith: (code) => (ended = code),
  };
  try {
    await createProgram(context).parseAsync(argv, { from: 'user' });
    return ended;
  } catch (error) {
    return reportFailure(error, { terminal, asJson: argv.includes('--json'), opened });
  }
}

/** All commands, with their help. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('onboard')
    .description('Onboard customers as an Amazon EventBridge partner')
    .version(packageVersion(), '--version', 'print the version')
    .addHelpText('after', ENVIRONMENT);
  for (const [title, commands] of GROUPS) {
    for (const create of commands) program.addCommand(create(context).helpGroup(title));
  }
  program.addCommand(completeCommand(context, program), { hidden: true });
  settle(program, '', context.terminal);
  return program;
}

/** In a file or a pipe. */
const HELP_COLUMNS = 100;

/** What holds for every command, and for those below it. */
function settle(command: Command, name: string, terminal: Terminal): void {
  command
    // An option behind the name of a subcommand is that one's, also where both have one of that name.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError(`(onboard ${name}--help shows more)`)
    .configureOutput({
      ...commandOutput(terminal),
      getOutHelpWidth: () => terminal.page?.columns ?? HELP_COLUMNS,
      getErrHelpWidth: () => terminal.screen?.columns ?? HELP_COLUMNS,
    });
  for (const below of command.commands) settle(below, `${name}${below.name()} `, terminal);
}
