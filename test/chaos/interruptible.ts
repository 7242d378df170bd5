import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A cleanup that hangs is given up after this time. */
const CLEANED_UP_WITHIN_MS = 30_000;

/**
 * Runs a program that starts servers and makes temporary folders, and sets its exit code. All folders go into one,
 * which is removed at the end. On SIGINT and SIGTERM the signal aborts: the program then stops what it has started and
 * rejects, and this process ends with 128 + the signal's number.
 */
export async function runInterruptibly(program: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-chaos-'));
  // PostgreSQL may run as another user.
  await chmod(folder, 0o711);
  process.env['TMPDIR'] = folder;
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // npm, a terminal and tsx may each pass on the same one.
      if (interrupt.signal.aborted) return;
      process.exitCode = 128 + constants.signals[name];
      interrupt.abort(new Error(`Interrupted by ${name}`));
      setTimeout(() => process.exit(), CLEANED_UP_WITHIN_MS).unref();
    });
  }
  try {
    const code = await program(interrupt.signal);
    if (!interrupt.signal.aborted) process.exitCode = code;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  // What was under way when the signal came is still waiting for something.
  if (interrupt.signal.aborted) process.exit();
}

/** What comes first: the end of the work, or a rejection with the signal's reason. */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
