import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiToken, sha256Hex, type ApiToken } from './api-token.ts';

/** Where an embedded service keeps its own admin token, readable by its user only. */
export const keptTokenFile = (dataDir: string): string => join(dataDir, 'admin-token');

/**
 * Reads the kept token, making it first when there is none. The one place where a token lies in clear: a
 * person who starts the embedded service has no other way to get one.
 */
export async function keepToken(dataDir: string): Promise<ApiToken> {
  const file = keptTokenFile(dataDir);
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const token = (await readFile(file, 'utf8')).trim();
  if (token.length < 16)
    throw new Error(
      `${file} holds no token of 16 or more characters: delete it, and the next start makes one.`,
    );
  return apiToken('admin', sha256Hex(token));
}
