/**
 * The command line over the HTTP API. Owns arguments, output and exit codes; decides nothing that the service
 * decides. Called by `main` and by tests, with a terminal of their own.
 *
 * Invariants: data goes to stdout and nothing else does; whatever came from outside is made safe before it is
 * printed; the exit code is 0 done, 1 failed, 2 misuse.
 */
import { Command } from 'commander';
import type { Environment } from '../runtime/config.ts';
import { addCommand } from './commands/add.ts';
import { attemptsCommand } from './commands/attempts.ts';
import { deliveriesCommand } from './commands/deliveries.ts';
import { iamPolicyCommand } from './commands/iam-policy.ts';
import { importCommand } from './commands/import.ts';
import { listCommand } from './commands/list.ts';
import { pauseCommand, resumeCommand } from './commands/pause.ts';
import { replayCommand } from './commands/replay.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { showCommand } from './commands/show.ts';
import { statsCommand } from './commands/stats.ts';
import { waitCommand } from './commands/wait.ts';
import type { CommandContext } from './context.ts';
import { EXIT, reportFailure, type ExitCode } from './failures.ts';
import { openClient } from './open-client.ts';
import type { Terminal } from './terminal.ts';

const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  addCommand,
  importCommand,
  listCommand,
  showCommand,
  attemptsCommand,
  waitCommand,
  replayCommand,
  pauseCommand,
  resumeCommand,
  deliveriesCommand,
  statsCommand,
  sandboxCommand,
  iamPolicyCommand,
];

const ENVIRONMENT = `
Environment:
  ONBOARD_URL    where the service listens (default http://127.0.0.1:3000)
  ONBOARD_TOKEN  a token of the service (default: the one that an embedded service keeps under DATA_DIR)
  DATA_DIR       folder of the embedded service (default .data)

Exit code: 0 done, 1 failed, 2 misuse`;

/** Runs one command line to its end and answers the exit code. */
export async function runProgram(
  argv: readonly string[],
  { env, terminal }: { env: Environment; terminal: Terminal },
): Promise<ExitCode> {
  let ended: ExitCode = EXIT.done;
  const context: CommandContext = {
    env,
    terminal,
    openClient: () => openClient(env),
    endWith: (code) => (ended = code),
  };
  try {
    await createProgram(context).parseAsync(argv, { from: 'user' });
    return ended;
  } catch (error) {
    return reportFailure(error, terminal, argv.includes('--json'));
  }
}

function createProgram(context: CommandContext): Command {
  const program = new Command('onboard')
    .description('Onboard customers as an Amazon EventBridge partner')
    .addHelpText('after', ENVIRONMENT);
  for (const create of COMMANDS) program.addCommand(create(context));
  settle(program, '', context.terminal);
  return program;
}

/** What holds for every command, and for those below it. */
function settle(command: Command, name: string, terminal: Terminal): void {
  command
    // An option behind the name of a subcommand is that one's, also where both have one of that name.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError(`(onboard ${name}--help shows more)`)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err });
  for (const below of command.commands) settle(below, `${name}${below.name()} `, terminal);
}
