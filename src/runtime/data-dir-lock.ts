/**
 * One service at a time per DATA_DIR: two PGlites on one folder lose rows silently. A kernel lock ends with its process. The
 * file's content only names the holder, and the file is never removed, since it is what is locked.
 */
import { constants } from 'node:fs';
import { mkdir, open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import type { Clock, Log } from '../ports.ts';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export type DataDirLock =
  | { readonly kind: 'held'; release(): Promise<void> }
  /** `holder` is undefined while it has not written its name yet. */
  | { readonly kind: 'refused'; readonly holder: LockHolder | undefined };

export interface LockOptions {
  /** How long to wait for a holder that is just stopping, in milliseconds. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the wait; the call then rejects with its reason. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 100;

/** Makes the folder when it is missing. Throws for what the file system says (rights, a full disk), and {@link OpenFolderError}. */
export async function acquireDataDirLock(dir: string, options: LockOptions): Promise<DataDirLock> {
  const { waitMs, clock, log } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await refuseOpenFolder(dir);
  const path = join(dir, 'lock');
  const startedAt = clock.now();
  let announced = false;
  while (true) {
    const file = await openLocked(path);
    if (file !== undefined) {
      await writeHolder(file, clock);
      return { kind: 'held', release: () => release(file) };
    }
    const holder = await readHolder(path);
    if (clock.now() - startedAt >= waitMs) return { kind: 'refused', holder };
    if (!announced) {
      log.warn(
        { dir, wait_ms: waitMs, ...fieldsOf(holder) },
        'Waiting for another process to release DATA_DIR',
      );
    }
    announced = true;
    await clock.sleep(POLL_MS, options.signal);
  }
}

/** For messages: who holds the folder, as far as is known. */
export function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'another process';
  return `process ${holder.pid} on ${holder.host}, running since ${holder.startedAt}`;
}

/** Others may write to the folder: what is found there may be any user's. */
class OpenFolderError extends Error {
  override readonly name = 'OpenFolderError';
}

/** All users before the group: where both may write, the message names all users. */
const OTHERS = [
  { bit: 0o002, who: 'all users of this machine', fix: 'o-w' },
  { bit: 0o020, who: 'all members of its group', fix: 'g-w' },
] as const;

async function refuseOpenFolder(dir: string): Promise<void> {
  const { mode } = await stat(dir);
  const writers = OTHERS.filter(({ bit }) => (mode & bit) !== 0);
  const [first] = writers;
  if (first === undefined) return;
  const fix = writers.map((writer) => writer.fix).join(',');
  throw new OpenFolderError(
    `DATA_DIR ${dir} is writable by ${first.who}. Run chmod ${fix} on it, or set a directory inside it, such as ${join(dir, 'onboard')}, which the service creates for this user only.`,
  );
}

/** Made when it is missing; a link is refused (ELOOP), since what it leads to would be emptied. */
const LOCK_FILE = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

async function openLocked(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, LOCK_FILE, 0o600);
  let isLocked = false;
  try {
    isLocked = tryLock(file.fd);
  } finally {
    if (!isLocked) await file.close();
  }
  return isLocked ? file : undefined;
}

async function writeHolder(file: FileHandle, clock: Clock): Promise<void> {
  const startedAt = new Date(clock.now()).toISOString();
  const holder: LockHolder = { pid: process.pid, host: hostname(), startedAt };
  await file.truncate(0);
  await file.write(`${JSON.stringify(holder)}\n`);
}

async function release(file: FileHandle): Promise<void> {
  await file.truncate(0);
  await file.close();
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const { pid, host, startedAt } = JSON.parse(await readFile(path, 'utf8')) as Partial<LockHolder>;
    if (pid === undefined || host === undefined || startedAt === undefined) return undefined;
    return { pid, host, startedAt };
  } catch {
    return undefined;
  }
}

function fieldsOf(holder: LockHolder | undefined): Record<string, unknown> {
  if (holder === undefined) return {};
  return { holder_pid: holder.pid, holder_host: holder.host, holder_started_at: holder.startedAt };
}
