import { mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { Log } from '../../ports.ts';
import { startDatabaseThread } from './database-thread.ts';
import { createEmbeddedSession, type EmbeddedSession } from './embedded-session.ts';

export interface EmbeddedDatabaseOptions {
  readonly log: Log;
  readonly freeBytes?: FreeBytes | undefined;
}

/**
 * The embedded database in a folder, which is created with the first statement if it is not there. PGlite does not
 * defend its folder: of two that have it open, one loses its rows silently, so the caller holds the lock of DATA_DIR.
 * Throws LedgerUnavailableError when the disk has no room for it.
 */
export async function openEmbeddedDatabase(
  dir: string,
  { log, freeBytes }: EmbeddedDatabaseOptions,
): Promise<EmbeddedSession> {
  await mkdir(dirname(dir), { recursive: true });
  const beforeWrite = diskRoom(dirname(dir), freeBytes);
  await beforeWrite();
  return createEmbeddedSession({ start: () => startDatabaseThread(dir), beforeWrite, log });
}

/** Free bytes of the disk that a folder lies on, for an unprivileged process. */
export type FreeBytes = (dir: string) => Promise<number>;

/**
 * Free space that PGlite needs to write. Without space for a new segment of its write-ahead log (16 MB) it panics and spins in
 * WebAssembly until its thread is killed. Room for some segments, since others write to the disk too.
 */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** How long a look is good for; nothing writes the reserve full in that time. */
const LOOK_EVERY_MS = 500;

export const freeBytesOf: FreeBytes = async (dir) => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

/**
 * Makes the question that is asked before every write.
 * Throws LedgerUnavailableError while less than 64 MB are free: nothing was written then.
 */
function diskRoom(dir: string, freeBytes: FreeBytes = freeBytesOf): () => Promise<void> {
  let looked = { at: -Infinity, free: 0 };
  return async () => {
    const now = performance.now();
    if (now - looked.at >= LOOK_EVERY_MS) looked = { at: now, free: await freeBytes(dir) };
    if (looked.free >= RESERVE_BYTES) return;
    throw new LedgerUnavailableError(
      `The disk of the embedded ledger is nearly full: ${toMb(looked.free)} MB are free, ${toMb(RESERVE_BYTES)} MB are required. Free up space on the disk of DATA_DIR.`,
    );
  };
}

const toMb = (bytes: number): number => Math.floor(bytes / 1024 / 1024);
