import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { eventually } from './eventually.ts';
import { temporaryFolder } from './temp-folder.ts';

/** A DATA_DIR in which an empty ledger of the sandbox lies already, as after a first start; gone after the test. */
export async function dataDirWithLedger(): Promise<string> {
  const made = inject('madeLedger');
  await eventually(() => existsSync(made), { withinMs: 90_000 });
  const dataDir = await temporaryFolder();
  await cp(made, join(dataDir, 'ledger'), { recursive: true });
  return dataDir;
}
