import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder that comes to be there once an embedded ledger was made in it. */
    madeLedger: string;
  }
}

const PROGRAM = fileURLToPath(new URL('programs/make-ledger.ts', import.meta.url));
const THREADS = new URL('../../scripts/typescript-threads.mjs', import.meta.url).href;

/** Making an embedded ledger takes seconds, so one is made for all; nobody who needs none waits for it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-made-ledger-'));
  const dir = join(folder, 'being-made');
  project.provide('madeLedger', join(folder, 'ledger'));
  const made = promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--import',
    THREADS,
    PROGRAM,
    dir,
  ]).then(() => rename(dir, join(folder, 'ledger')));
  made.catch((error: unknown) => console.error('No embedded ledger could be made for the tests.', error));
  return async () => {
    await made.catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
}
