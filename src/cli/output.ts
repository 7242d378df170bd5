import { Option, type Command } from 'commander';
import { csvText } from './csv.ts';
import { safeJson } from './safe-text.ts';
import { tableText, type Columns } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface OutputOptions {
  readonly json?: true;
  readonly csv?: true;
}

/** `--json` prints what the API answered. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print the API’s JSON on stdout');
}

export function withJsonAndCsv(command: Command): Command {
  return withJson(command).addOption(
    new Option('--csv', 'print CSV on stdout, safe to open in a spreadsheet').conflicts('json'),
  );
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${safeJson(value)}\n`);
}

/** Prints a list in the wished format. */
export function printList(
  terminal: Terminal,
  options: OutputOptions,
  { value, columns }: { value: unknown; columns: Columns },
): void {
  if (options.json === true) printJson(terminal, value);
  else terminal.out(options.csv === true ? csvText(columns) : tableText(columns));
}
