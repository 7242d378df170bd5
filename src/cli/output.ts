import type { Page } from '../domain/listing.ts';
import type { Terminal } from './terminal.ts';
import { csvText, tableOf, type Columns, type Reader } from './view/table.ts';
import { safeJson, safeText } from './view/text.ts';

export interface OutputOptions {
  readonly json?: true;
  readonly csv?: true;
}

/** For people: tables and texts, with an empty line between them. */
export type Parts = readonly (Columns | ((reader: Reader) => string))[];

/** What a command has found or done. */
export interface Output {
  /** What `--json` prints, as the API answered it. */
  readonly value: unknown;
  readonly parts: Parts;
  readonly csv?: Columns | undefined;
  /** Said on stderr behind it. */
  readonly notes?: readonly string[];
}

/** One table, for people and as CSV. */
export const tableOutput = (value: unknown, columns: Columns): Output => ({
  value,
  parts: [columns],
  csv: columns,
});

/** One page of a list. */
export const pageOutput = (page: Page<unknown>, columns: Columns): Output => ({
  ...tableOutput(page, columns),
  notes: page.nextCursor === null ? [] : [`More results: --cursor ${page.nextCursor}`],
});

/** Prints in the requested format. */
export function print(terminal: Terminal, options: OutputOptions, output: Output): void {
  const { value, parts, csv, notes = [] } = output;
  if (options.json === true) {
    terminal.out(`${safeJson(value)}\n`);
  } else if (options.csv === true && csv !== undefined) {
    terminal.out(csvText(csv));
  } else {
    const { text, leftOut } = layOut(parts, terminal);
    terminal.out(text);
    if (leftOut.length > 0)
      say(terminal, `Columns omitted: ${leftOut.join(', ')}. Widen the window, or use --csv or --json.`);
  }
  for (const note of notes) say(terminal, note);
}

/** The parts as a person reads them, and the columns for which there was no room. */
export function layOut(
  parts: Parts,
  reader: Reader,
): { readonly text: string; readonly leftOut: readonly string[] } {
  const shown = parts.map((part) =>
    typeof part === 'function' ? { text: part(reader), leftOut: [] } : tableOf(part, reader),
  );
  return {
    text: shown.map(({ text }) => text).join('\n'),
    leftOut: shown.flatMap(({ leftOut }) => leftOut),
  };
}

/** A line beside the data, which may repeat what a service answered. */
export function say(terminal: Terminal, sentence: string): void {
  terminal.err(`${safeText(sentence)}\n`);
}
