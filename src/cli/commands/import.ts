import { Command } from 'commander';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ImportAnswer } from '../../client/wire.ts';
import { call, withAction, type CommandContext } from '../command.ts';
import { Misuse } from '../failures.ts';
import type { Output } from '../output.ts';
import { progressBar, type ProgressBar } from '../progress-bar.ts';
import type { Terminal } from '../terminal.ts';
import { csvText, detailsText, type Columns, type Reader } from '../view/table.ts';

interface ImportOptions {
  readonly dryRun?: true;
  readonly errorsTo?: string;
}

export function importCommand(context: CommandContext): Command {
  const command = new Command('import')
    .description('Onboard the customers of a CSV file; valid rows are accepted, invalid rows are reported')
    .argument('<file>', 'CSV with the request’s field names as header; "-" reads stdin')
    .option('--dry-run', 'validate every row and write nothing')
    .option('--errors-to <file>', 'write rejected rows to this file as CSV instead of printing them')
    .addHelpText('after', '\nExits with 1 when a row was rejected; --csv prints the rejected rows.');
  return withAction<ImportOptions>(command, context, {
    csv: true,
    examples: [
      'onboard import examples/customers.csv --dry-run',
      'onboard import customers.csv --errors-to rejected.csv',
      'zcat customers.csv.gz | onboard import -',
    ],
    async run(options, [file = '']) {
      const answer = await importFile(context, file, options);
      return { ...importOutput(answer, options), failed: answer.rejected > 0 };
    },
  });
}

async function importFile(
  context: CommandContext,
  file: string,
  { errorsTo, dryRun }: ImportOptions,
): Promise<ImportAnswer> {
  const upload = await openUpload(file, context.terminal);
  let errorsFile: FileHandle | undefined;
  try {
    // Opened before anything is sent, so that nothing is imported when it cannot be written.
    errorsFile = errorsTo === undefined ? undefined : await openErrorsFile(errorsTo);
    const answer = await call(context, (client) => client.importCsv(upload.body, { dryRun }));
    await errorsFile?.writeFile(csvText(rejectedColumns(answer)));
    return answer;
  } finally {
    upload.close();
    await errorsFile?.close();
  }
}

async function openErrorsFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'w');
  } catch (error) {
    throw new Misuse(`Cannot write ${file}: ${(error as Error).message}`);
  }
}

function importOutput(answer: ImportAnswer, { errorsTo }: ImportOptions): Output {
  const { errors, errorsTruncated, ignoredColumns } = answer;
  const rejected = rejectedColumns(answer);
  const isShown = errors.length > 0 && errorsTo === undefined;
  return {
    value: answer,
    parts: [(reader) => summaryText(answer, reader), ...(isShown ? [rejected] : [])],
    csv: rejected,
    notes: [
      ...(ignoredColumns.length > 0 ? [`Ignored columns: ${ignoredColumns.join(', ')}`] : []),
      ...(errorsTo === undefined ? [] : [`${errors.length} rejected rows are in ${errorsTo}.`]),
      ...(errorsTruncated ? [`Only the first ${errors.length} errors are stored.`] : []),
    ],
  };
}

const summaryText = (answer: ImportAnswer, reader: Reader): string =>
  detailsText(
    [
      ['import', answer.id],
      ['rows', answer.rows],
      ['accepted', { text: answer.accepted, style: 'good' }],
      ['duplicates', answer.duplicates],
      ['cleaned cells', answer.cleaned],
      ['rejected', { text: answer.rejected, style: answer.rejected > 0 ? 'bad' : undefined }],
    ],
    reader,
  );

const rejectedColumns = ({ errors }: ImportAnswer): Columns => ({
  head: ['ROW', 'LINE', 'FIELD', 'CODE', 'REASON'],
  rows: errors.map(({ row, line, field, code, message }) => [row, line, field, code, message]),
  cut: { REASON: 'start' },
});

interface Upload {
  /** Read as it is sent, never held in memory. */
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the progress bar and closes the file; may be called more than once. */
  close(): void;
}

/** Opens a file, or stdin for "-", with a progress bar where stderr is a terminal. */
async function openUpload(file: string, terminal: Terminal): Promise<Upload> {
  if (file === '-') return progressing(terminal.stdin, undefined);
  try {
    const handle = await open(file);
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      await handle.close();
      throw new Error('it is a directory, not a CSV file');
    }
    const bar = terminal.screen && progressBar(terminal, { total: stat.size, what: 'bytes sent' });
    return progressing(handle.createReadStream(), bar);
  } catch (error) {
    throw new Misuse(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function progressing(source: Readable, bar: ProgressBar | undefined): Upload {
  let sent = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      sent += chunk.byteLength;
      bar?.update(sent, '');
      yield chunk;
    }
  }
  return {
    body: Readable.toWeb(Readable.from(counted(), { objectMode: false })) as ReadableStream<Uint8Array>,
    close: () => {
      bar?.stop();
      source.destroy();
    },
  };
}
