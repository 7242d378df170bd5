import { parse } from 'csv-parse/sync';
import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CommandFailed, Misuse } from '../failures.ts';
import type { DemoFolder } from './demo-folder.ts';
import { packagePath } from '../../runtime/package.ts';

/** One row of the demo's file, with the end that it expects. */
export interface Customer {
  /** Data rows count from 1, as the import's report does. */
  readonly row: number;
  readonly account: string;
  readonly region: string;
  readonly sourceName: string;
  readonly expect: string;
}

/** Neither: the customers that come with the project. */
export interface CustomersChoice {
  /** A file. */
  readonly customers?: string;
  /** As many generated ones as end failed. */
  readonly failures?: number;
}

export const DEMO_PARTNER = 'acme.example';

const SCRIPT = packagePath('scripts', 'make-customers.mjs');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Puts the file of this run into the folder, and reads what it expects. */
export async function readCustomers(
  options: CustomersChoice,
  folder: DemoFolder,
): Promise<readonly Customer[]> {
  const file = folder.path('customers.csv');
  if (options.failures === undefined)
    await copy(options.customers ?? packagePath('examples', 'customers.csv'), file);
  else await writeFile(file, await generated(options.failures));
  return parseCustomers(await readFile(file, 'utf8'));
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    throw new Misuse(`Cannot read ${from}: ${(error as Error).message}`);
  }
}

async function generated(failures: number): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, '--failures', String(failures)], {
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return stdout;
}

/** Bad rows are part of the demo, so cells may be missing or too many; the expectation is always the last one. */
export function parseCustomers(csv: string): readonly Customer[] {
  const [header = [], ...rows] = parse(csv, { bom: true, relax_column_count: true, skip_empty_lines: true });
  if (header.at(-1) !== 'expect') throw new CommandFailed('The last column of the file must be "expect".');
  return rows.map((cells, index) => {
    const cell = (name: string): string => cells[header.indexOf(name)] ?? '';
    return {
      row: index + 1,
      account: cell('account'),
      region: cell('region'),
      sourceName:
        cell('sourceName') || `aws.partner/${DEMO_PARTNER}/${cell('eventNamespace')}/${cell('eventName')}`,
      expect: cells.at(-1) ?? '',
    };
  });
}
