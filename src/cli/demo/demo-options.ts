import { Command, Option } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { commandOutput } from '../command-output.ts';
import type { Terminal } from '../terminal.ts';

export interface DemoOptions {
  /** End once every row has ended, with an exit code that says whether all ended as expected. */
  readonly exit: boolean;
  /** Undefined: the customers that come with the project, or generated failures. */
  readonly customers?: string;
  readonly failures?: number;
}

export function parseDemoOptions(argv: readonly string[], terminal: Terminal): DemoOptions {
  const command = new Command('npm run demo --')
    .description('Onboard a thousand customers against a sandbox, and stay up to look around')
    .option('--exit', 'end with code 0 once every row has ended as expected, with 1 otherwise', false)
    .option('--customers <file>', 'onboard these; the last column, expect, says how each row must end')
    .addOption(
      new Option('--failures <count>', 'onboard a set of which so many end failed, of every kind')
        .argParser(wholeNumber(1, 100_000))
        .conflicts('customers'),
    )
    .addHelpText('after', '\nExample:\n  $ npm run demo -- --failures 300')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput(commandOutput(terminal));
  return command.parse(argv, { from: 'user' }).opts<DemoOptions>();
}
