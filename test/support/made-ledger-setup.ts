import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { oncePerRun } from './once-per-run.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder that comes to be there once an embedded ledger was made in it. */
    madeLedger: string;
  }
}

const PROGRAM = fileURLToPath(new URL('programs/make-ledger.ts', import.meta.url));
const THREADS = new URL('../../scripts/typescript-threads.mjs', import.meta.url).href;
const ARGV = ['--import', 'tsx', '--import', THREADS, PROGRAM];

interface MadeLedger {
  readonly folder: string;
  readonly made: Promise<void>;
}

const ledger = oncePerRun<MadeLedger>('ledger', {
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'made-ledger-'));
    const dir = join(folder, 'being-made');
    const made = promisify(execFile)(process.execPath, [...ARGV, dir]).then(() =>
      rename(dir, join(folder, 'ledger')),
    );
    made.catch((error: unknown) => console.error('No embedded ledger could be made for the tests.', error));
    return { folder, made };
  },
  async stop({ folder, made }) {
    await made.catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  },
});

/** Making an embedded ledger takes seconds, so one is made for all; nobody who needs none waits for it. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('madeLedger', join((await ledger.use()).folder, 'ledger'));
}

export const teardown = ledger.release;
