import { mkdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { systemClock } from '../../runtime/clock.ts';
import { acquireDataDirLock, describeHolder } from '../../runtime/data-dir-lock.ts';
import { CommandFailed } from '../failures.ts';
import { quietLog, type Terminal } from '../terminal.ts';

/** The demo's own DATA_DIR, created again by every run. */
export interface DemoFolder {
  path(name?: string): string;
  /** The same as seen from where the user stands. */
  show(name?: string): string;
}

const FOLDER = join('.data', 'demo');
/** A service that is just stopping has let go by then. */
const LOCK_WAIT_MS = 13_000;

/** Empties the folder, which no running service may hold: it would lose its data under its feet. */
export async function prepareFolder(terminal: Terminal, stopping: AbortSignal): Promise<DemoFolder> {
  const root = resolve(FOLDER);
  const lock = await acquireDataDirLock(root, {
    waitMs: LOCK_WAIT_MS,
    clock: systemClock,
    log: quietLog(terminal),
    signal: stopping,
  });
  if (lock.kind === 'refused')
    throw new CommandFailed(
      `A demo is already running here (${describeHolder(lock.holder)}). Stop it first.`,
    );
  await rm(root, { recursive: true, force: true });
  await lock.release();
  await mkdir(root, { recursive: true, mode: 0o700 });
  const path = (name = ''): string => join(root, name);
  return { path, show: (name) => relative(process.cwd(), path(name)) };
}
