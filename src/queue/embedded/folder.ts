/** Where an embedded Redis keeps what it has: everything in one folder, except for a socket whose path would not fit. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** sun_path holds 104 bytes on macOS and the BSDs, 108 on Linux, the closing zero included. */
const SOCKET_PATH_MAX_BYTES = 100;

/** The parts of Redis' append-only file: a folder since Redis 7, one file before. */
const APPEND_ONLY = ['appendonlydir', 'appendonly.aof'];

export const logPath = (dir: string): string => join(dir, 'redis.log');

/** The same for the same `dir`, so that a start finds the server that an earlier one left over. */
export function socketPathOf(dir: string): string {
  const inside = join(dir, 'redis.sock');
  if (Buffer.byteLength(inside) <= SOCKET_PATH_MAX_BYTES) return inside;
  const key = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  return join(tmpdir(), `onboard-${key}`, 'redis.sock');
}

/**
 * Makes what is missing, readable for us alone. The socket needs no password, so its folder has to be ours: in a
 * shared temporary folder another user may have made one of that name first, and that is refused.
 */
export async function prepareFolders(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const socketFolder = dirname(socketPathOf(dir));
  if (socketFolder === dir) return;
  await mkdir(socketFolder, { recursive: true, mode: 0o700 });
  const found = await lstat(socketFolder);
  const ours = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  if (!ours)
    throw new Error(
      `${socketFolder} must be a directory that only this user can access. Remove it and start again.`,
    );
}

/** The last lines that the server printed: why it did not start. */
export async function logTail(dir: string): Promise<string> {
  const text = await readFile(logPath(dir), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-5).join('\n');
}

/** Keeps an unreadable append-only file for inspection, one at a time, and lets Redis start without. */
export async function setAsideAppendOnly(dir: string): Promise<string> {
  const aside = join(dir, 'unreadable');
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { mode: 0o700 });
  for (const name of APPEND_ONLY) {
    await rename(join(dir, name), join(aside, name)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
  return aside;
}
