import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm as trigrams } from '@electric-sql/pglite/contrib/pg_trgm';
import { VALUE_PARSERS } from '../database/values.ts';

/**
 * Opens PGlite on a folder and creates the database if the folder has none. A folder that a killed process left behind
 * goes through PostgreSQL's crash recovery. PGlite never calls fsync: committed rows survive a killed process, but not a
 * power cut.
 */
export async function openPglite(dir: string): Promise<PGlite> {
  if (!existsSync(join(dir, 'PG_VERSION'))) await createDatabase(dir);
  // PGlite creates files that everyone may read and write, whatever the umask; the folder keeps others out.
  await chmod(dir, 0o700);
  return PGlite.create({ dataDir: dir, parsers: VALUE_PARSERS, extensions: { pg_trgm: trigrams } });
}

/**
 * Creates it next to its place and moves it there when it is complete: creation takes seconds, and a folder that a kill
 * left half created never opens again.
 */
async function createDatabase(dir: string): Promise<void> {
  const unfinished = `${dir}.making`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({ dataDir: unfinished });
  await pglite.close();
  await rename(unfinished, dir);
}
