import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { eventually } from './eventually.ts';
import { temporaryFolder } from './temp-folder.ts';

/** A DATA_DIR in which an empty ledger lies that nobody has opened yet; gone after the test. */
export async function dataDirWithLedger(): Promise<string> {
  const dataDir = await temporaryFolder();
  await copyMadeLedger(join(dataDir, 'ledger'));
  return dataDir;
}

/** Puts an empty embedded ledger into a folder that does not exist yet: making one takes seconds. */
export async function copyMadeLedger(dir: string): Promise<void> {
  const made = inject('madeLedger');
  await eventually(() => existsSync(made), { withinMs: 90_000 });
  await cp(made, dir, { recursive: true });
}
