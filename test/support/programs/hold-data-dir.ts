/** Holds the lock on the folder in its arguments until it is killed, or until its stdin ends. */
import { acquireDataDirLock } from '../../../src/runtime/data-dir-lock.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { recordingLog } from '../recording-log.ts';

const lock = await acquireDataDirLock(process.argv[2]!, {
  waitMs: 0,
  clock: systemClock,
  log: recordingLog(),
});
process.stdout.write(`${lock.kind}\n`);
process.stdin.resume().on('end', () => {
  if (lock.kind === 'held') void lock.release();
});
