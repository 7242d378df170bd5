import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm as trigrams } from '@electric-sql/pglite/contrib/pg_trgm';
import type { PostgresPool } from 'kysely';
import { diskRoom, type FreeBytes } from './disk-room.ts';
import { createPglitePool } from './pglite-pool.ts';
import { VALUE_PARSERS } from './value-parsers.ts';

/**
 * Opens PGlite on a folder, making it first when it is not there. PGlite does not defend its folder: of two that
 * have it open, one loses its rows silently, so the caller holds the lock of DATA_DIR before it comes here.
 * PGlite never calls fsync: what was committed survives a killed process, but not a power cut.
 * Throws LedgerUnavailableError when the disk has no room for it.
 */
export async function openEmbeddedDatabase(dir: string, freeBytes?: FreeBytes): Promise<PostgresPool> {
  await mkdir(dirname(dir), { recursive: true });
  const requireRoom = diskRoom(dirname(dir), freeBytes);
  await requireRoom();
  if (!existsSync(join(dir, 'PG_VERSION'))) await makeDatabase(dir);
  // PGlite makes files that everybody may read and write, whatever the umask; nobody else comes as far as to them.
  await chmod(dir, 0o700);
  return createPglitePool(
    await PGlite.create({ dataDir: dir, parsers: VALUE_PARSERS, extensions: { pg_trgm: trigrams } }),
    requireRoom,
  );
}

/**
 * Made beside its place and moved there when complete: making takes seconds, and a folder that was left half
 * made by a kill would never open again.
 */
async function makeDatabase(dir: string): Promise<void> {
  const making = `${dir}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({ dataDir: making });
  await pglite.close();
  await rename(making, dir);
}
