import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../ports.ts';
import { startDatabaseThread } from './database-thread.ts';
import { diskRoom, type FreeBytes } from './disk-room.ts';
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
