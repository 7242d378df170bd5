import { Command } from 'commander';
import { open, type FileHandle } from 'node:fs/promises';
import type { ImportAnswer } from '../../client/wire.ts';
import { withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { EXIT, Misuse } from '../failures.ts';
import {
  printJson,
  printTable,
  say,
  sayNothingWritten,
  withJsonAndCsv,
  type OutputOptions,
} from '../output.ts';
import { openUpload } from '../upload.ts';
import { csvText } from '../view/csv.ts';
import { detailsText, type Columns } from '../view/table.ts';

interface ImportOptions extends OutputOptions {
  readonly dryRun?: true;
  readonly errorsTo?: string;
}

export function importCommand(context: CommandContext): Command {
  const command = new Command('import')
    .description('Onboard the customers of a CSV file; good rows go through, bad ones are reported')
    .argument('<file>', 'CSV with the request’s field names as header; "-" reads stdin')
    .option('--dry-run', 'check every row and write nothing')
    .option('--errors-to <file>', 'write the rejected rows there as CSV, in place of showing them')
    .addHelpText('after', '\nExits with 1 when a row was rejected; --csv prints the rejected rows.')
    .action((file: string, options: ImportOptions) => importFile(context, file, options));
  return withExamples(
    withJsonAndCsv(command),
    'onboard import examples/customers.csv --dry-run',
    'onboard import customers.csv --errors-to rejected.csv',
    'zcat customers.csv.gz | onboard import -',
  );
}

async function importFile(context: CommandContext, file: string, options: ImportOptions): Promise<void> {
  const { terminal } = context;
  const { errorsTo } = options;
  const upload = await openUpload(file, terminal);
  let errorsFile: FileHandle | undefined;
  try {
    // Before anything is sent: what cannot be written is better known now.
    errorsFile = errorsTo === undefined ? undefined : await openErrorsFile(errorsTo);
    const client = await context.openClient();
    const dryRun = options.dryRun === true;
    const answer = await valueOf(client.importCsv(upload.body, { dryRun }));
    upload.close();
    await errorsFile?.writeFile(csvText(rejectedColumns(answer)));
    printImport(context, options, answer);
    if (dryRun) sayNothingWritten(terminal);
    if (answer.rejected > 0) context.endWith(EXIT.failed);
  } finally {
    upload.close();
    await errorsFile?.close();
  }
}

async function openErrorsFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'w');
  } catch (error) {
    throw new Misuse(`${file} cannot be written: ${(error as Error).message}`);
  }
}

function printImport(context: CommandContext, options: ImportOptions, answer: ImportAnswer): void {
  const { terminal } = context;
  if (options.json === true) printJson(terminal, answer);
  else if (options.csv === true) terminal.out(csvText(rejectedColumns(answer)));
  else printSummary(context, options, answer);
  if (answer.ignoredColumns.length > 0) say(terminal, `Ignored columns: ${answer.ignoredColumns.join(', ')}`);
  if (options.errorsTo !== undefined)
    say(terminal, `${answer.errors.length} rejected rows are in ${options.errorsTo}.`);
  if (answer.errorsTruncated) say(terminal, `Only the first ${answer.errors.length} errors are kept.`);
}

function printSummary({ terminal }: CommandContext, options: ImportOptions, answer: ImportAnswer): void {
  terminal.out(
    detailsText(
      [
        ['import', answer.id],
        ['rows', answer.rows],
        ['accepted', { text: answer.accepted, style: 'good' }],
        ['duplicates', answer.duplicates],
        ['rejected', { text: answer.rejected, style: answer.rejected > 0 ? 'bad' : undefined }],
      ],
      terminal,
    ),
  );
  if (answer.errors.length === 0 || options.errorsTo !== undefined) return;
  terminal.out('\n');
  printTable(terminal, rejectedColumns(answer));
}

const rejectedColumns = ({ errors }: ImportAnswer): Columns => ({
  head: ['ROW', 'FIELD', 'CODE', 'REASON'],
  rows: errors.map(({ row, field, code, message }) => [row, field, code, message]),
  cut: { REASON: 'start' },
});
