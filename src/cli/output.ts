import { Option, type Command } from 'commander';
import type { Terminal } from './terminal.ts';
import { csvText } from './view/csv.ts';
import { safeJson, safeText } from './view/safe-text.ts';
import { tableOf, type Columns } from './view/table.ts';

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
  else if (options.csv === true) terminal.out(csvText(columns));
  else printTable(terminal, columns);
}

export function printTable(terminal: Terminal, columns: Columns): void {
  const { text, leftOut } = tableOf(columns, terminal);
  terminal.out(text);
  if (leftOut.length > 0)
    say(terminal, `No room for ${leftOut.join(', ')}: widen the window, or see them with --csv or --json.`);
}

/** A line beside the data, which may repeat what a service answered. */
export function say(terminal: Terminal, sentence: string): void {
  terminal.err(`${safeText(sentence)}\n`);
}

export function sayThereAreMore(terminal: Terminal, nextCursor: string | null): void {
  if (nextCursor !== null) say(terminal, `There are more: --cursor ${nextCursor}`);
}

export function sayNothingWritten(terminal: Terminal): void {
  say(terminal, 'Dry run: nothing was written.');
}
