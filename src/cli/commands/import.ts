import { Command } from 'commander';
import type { ImportAnswer } from '../../client/wire.ts';
import { withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { csvText } from '../csv.ts';
import { EXIT } from '../failures.ts';
import { printJson, withJsonAndCsv, type OutputOptions } from '../output.ts';
import { safeText } from '../safe-text.ts';
import { detailsText, tableText, type Columns } from '../table.ts';
import { openUpload } from '../upload.ts';

interface ImportOptions extends OutputOptions {
  readonly dryRun?: true;
}

export function importCommand(context: CommandContext): Command {
  const command = new Command('import')
    .description('Onboard the customers of a CSV file; good rows go through, bad ones are reported')
    .argument('<file>', 'CSV with the request’s field names as header; "-" reads stdin')
    .option('--dry-run', 'check every row and write nothing')
    .addHelpText('after', '\nExits with 1 when a row was rejected; --csv prints the rejected rows.')
    .action((file: string, options: ImportOptions) => importFile(context, file, options));
  return withExamples(
    withJsonAndCsv(command),
    'onboard import examples/customers.csv --dry-run',
    'zcat customers.csv.gz | onboard import -',
  );
}

async function importFile(context: CommandContext, file: string, options: ImportOptions): Promise<void> {
  const { terminal } = context;
  const upload = await openUpload(file, terminal);
  try {
    const client = await context.openClient();
    const dryRun = options.dryRun === true;
    const answer = await valueOf(client.importCsv(upload.body, { dryRun }));
    upload.close();
    printImport(context, options, answer);
    if (dryRun) terminal.err('Dry run: nothing was written.\n');
    if (answer.rejected > 0) context.endWith(EXIT.failed);
  } finally {
    upload.close();
  }
}

function printImport({ terminal }: CommandContext, options: OutputOptions, answer: ImportAnswer): void {
  if (options.json === true) printJson(terminal, answer);
  else if (options.csv === true) terminal.out(csvText(rejectedColumns(answer)));
  else printSummary(terminal.out, answer);
  if (answer.ignoredColumns.length > 0)
    terminal.err(`Ignored columns: ${answer.ignoredColumns.map(safeText).join(', ')}\n`);
  if (answer.errorsTruncated) terminal.err(`Only the first ${answer.errors.length} errors are shown.\n`);
}

function printSummary(out: (text: string) => void, answer: ImportAnswer): void {
  out(
    detailsText([
      ['import', answer.id],
      ['rows', answer.rows],
      ['accepted', answer.accepted],
      ['duplicates', answer.duplicates],
      ['rejected', answer.rejected],
    ]),
  );
  if (answer.errors.length > 0) out(`\n${tableText(rejectedColumns(answer))}`);
}

const rejectedColumns = ({ errors }: ImportAnswer): Columns => ({
  head: ['ROW', 'FIELD', 'CODE', 'REASON'],
  rows: errors.map(({ row, field, code, message }) => [row, field, code, message]),
});
