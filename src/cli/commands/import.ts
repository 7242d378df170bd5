import { Command } from 'commander';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ImportAnswer } from '../../client/wire.ts';
import { COLUMN_FIELDS, parseImportLayout } from '../../domain/import-layout.ts';
import { shown } from '../../domain/shown.ts';
import { given, keyValue } from '../arguments.ts';
import { call, withAction, type CommandContext } from '../command.ts';
import { Misuse } from '../failures.ts';
import type { Output } from '../output.ts';
import { progressBar, type ProgressBar } from '../progress-bar.ts';
import type { Terminal } from '../terminal.ts';
import { detailsText, type Columns, type Details, type Reader } from '../view/table.ts';

interface ImportOptions {
  readonly dryRun?: true;
  readonly errorsTo?: string;
  readonly delimiter?: string;
  readonly map?: Readonly<Record<string, string>>;
  readonly default?: Readonly<Record<string, string>>;
  readonly eventNamespace?: string;
  readonly eventName?: string;
}

export function importCommand(context: CommandContext): Command {
  const command = new Command('import')
    .description('Onboard the customers of a CSV file; valid rows are accepted, invalid rows are reported')
    .argument('<file>', 'CSV with the request’s field names as header; "-" reads stdin')
    .option('--dry-run', 'validate every row, show the first ones as read, and write nothing')
    .option(
      '--errors-to <file>',
      'write all rejected rows to this file as CSV: correct it and import it with the same options',
    )
    .option('--delimiter <character>', 'comma, semicolon, tab, pipe, or any character (default: detected)')
    .option(
      '--map <field=column>',
      'column that fills a field, by its name in the header; repeatable',
      keyValue,
    )
    .option('--default <field=value>', 'value for empty cells and missing columns; repeatable', keyValue)
    .option('--event-namespace <template>', 'event namespace made of fields and columns in braces')
    .option('--event-name <template>', 'event name, in the same form')
    .addHelpText(
      'after',
      `\nFields: ${COLUMN_FIELDS.join(', ')}, metadata.<key>.\nExits with 1 when a row was rejected; --csv prints the rejected rows.`,
    );
  return withAction<ImportOptions>(command, context, {
    csv: true,
    examples: [
      'onboard import examples/customers.csv --dry-run',
      'onboard import customers.csv --errors-to rejected.csv',
      'onboard import crm.csv --dry-run --map account="AWS Account ID" --default region=us-east-1 --event-namespace "customers/{customerId}" --event-name orders',
      'zcat customers.csv.gz | onboard import -',
    ],
    async run(options, [file = '']) {
      const layout = layoutOf(options);
      const answer = await importFile(context, { file, layout, options });
      return { ...importOutput(answer, options), failed: answer.rejected > 0 };
    },
  });
}

/** Refused here as the service would, before anything is sent. */
function layoutOf({ delimiter, map = {}, default: defaults = {}, eventNamespace, eventName }: ImportOptions) {
  const prefixed = (kind: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([field, value]) => [`${kind}.${field}`, value] as const);
  const named = given({ delimiter, eventNamespace, eventName });
  const layout = parseImportLayout({
    ...named,
    ...Object.fromEntries([...prefixed('map', map), ...prefixed('default', defaults)]),
  });
  if (layout.ok) return { ...named, map, defaults };
  throw new Misuse(layout.issues.map(({ field, message }) => `${field}: ${message}`).join(' '));
}

interface ImportedFile {
  readonly file: string;
  readonly layout: ReturnType<typeof layoutOf>;
  readonly options: ImportOptions;
}

async function importFile(
  context: CommandContext,
  { file, layout, options: { errorsTo, dryRun } }: ImportedFile,
): Promise<ImportAnswer> {
  if (file === '-' && dryRun === true && errorsTo !== undefined)
    throw new Misuse('A dry run with --errors-to reads the file twice: give a file, not "-".');
  const upload = await openUpload(file, context.terminal);
  let errorsFile: FileHandle | undefined;
  try {
    // Opened before anything is sent, so that nothing is imported when it cannot be written.
    errorsFile = errorsTo === undefined ? undefined : await openErrorsFile(errorsTo);
    const answer = await call(context, (client) => client.importCsv(upload.body, { dryRun, ...layout }));
    if (errorsFile === undefined) return answer;
    if (dryRun !== true) {
      await writeRejects(errorsFile, await call(context, (client) => client.importRejects(answer.id ?? '')));
      return answer;
    }
    const again = await openUpload(file, context.terminal);
    try {
      await writeRejects(
        errorsFile,
        await call(context, (client) => client.tryImportRejects(again.body, layout)),
      );
    } finally {
      again.close();
    }
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
    throw new Misuse(`Cannot write ${shown(file)}: ${(error as Error).message}`);
  }
}

async function writeRejects(file: FileHandle, rejects: ReadableStream<Uint8Array>): Promise<void> {
  for await (const chunk of rejects) await file.write(chunk);
}

function importOutput(answer: ImportAnswer, { errorsTo }: ImportOptions): Output {
  const { errors, errorsTruncated, ignoredColumns, sample = [] } = answer;
  const rejected = rejectedColumns(answer);
  const isShown = errors.length > 0 && errorsTo === undefined;
  return {
    value: answer,
    parts: [
      (reader) => summaryText(answer, reader),
      ...(sample.length > 0 ? [sampleColumns(sample)] : []),
      ...(isShown ? [rejected] : []),
    ],
    csv: rejected,
    notes: [
      ...(ignoredColumns.length > 0 ? [`Ignored columns: ${ignoredColumns.join(', ')}`] : []),
      ...(errorsTo === undefined ? [] : [`${answer.rejected} rejected rows are in ${errorsTo}.`]),
      ...(errorsTruncated && errorsTo === undefined
        ? [
            `Only the first ${errors.length} errors are shown; --errors-to writes all rejected rows to a file.`,
          ]
        : []),
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
      ...layoutDetails(answer.layout),
    ],
    reader,
  );

/** How a dry run read the file, where its header does not say so itself. */
function layoutDetails(layout: ImportAnswer['layout']): Details {
  if (layout === undefined) return [];
  const { delimiter, map, default: defaults, eventNamespace, eventName } = layout;
  return [
    ['delimiter', JSON.stringify(delimiter)],
    ...Object.entries(map)
      .filter(([field, column]) => field.toLowerCase() !== column.toLowerCase())
      .map(([field, column]) => [field, `column ${JSON.stringify(column)}`] as const),
    ...Object.entries(defaults).map(([field, value]) => [field, `default ${JSON.stringify(value)}`] as const),
    ...Object.entries({ eventNamespace, eventName })
      .filter(([, template]) => template !== null)
      .map(([field, template]) => [field, `template ${JSON.stringify(template)}`] as const),
  ];
}

/** The first rows as they would be submitted. */
function sampleColumns(sample: readonly unknown[]): Columns {
  const rows = sample.map((row) => new Map(Object.entries(flatFields(row))));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return { head: names, rows: rows.map((row) => names.map((name) => row.get(name))) };
}

const flatFields = (row: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(row ?? {}).flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'object'
        ? Object.entries(value ?? {}).map(([key, text]) => [`${name}.${key}`, String(text)])
        : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
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
    throw new Misuse(`Cannot read ${shown(file)}: ${error instanceof Error ? error.message : String(error)}`);
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
