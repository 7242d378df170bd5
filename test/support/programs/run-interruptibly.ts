/** Makes a temporary folder, says where it is, and works until it is interrupted. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInterruptibly, unlessAborted } from '../../chaos/interruptible.ts';

await runInterruptibly(async (signal) => {
  process.stdout.write(`${await mkdtemp(join(tmpdir(), 'work-'))}\n`);
  try {
    await unlessAborted(signal, () => new Promise(() => setInterval(() => undefined, 1_000)));
  } finally {
    process.stdout.write('stopped\n');
  }
  return 0;
});
