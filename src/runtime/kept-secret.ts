import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { apiToken, sha256Hex, type ApiToken } from './api-token.ts';

/** Reads a secret that is kept in a file of mode 0600, making both file and secret when there are none. */
export async function keepSecret(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await makeUnlessThere(file);
  return readOwn(file);
}

async function makeUnlessThere(file: string): Promise<void> {
  try {
    const made = await open(file, 'wx', 0o600);
    try {
      await made.writeFile(`${randomBytes(24).toString('base64url')}\n`);
    } finally {
      await made.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A file that another user has put there, or can write, would let them choose the secret. */
async function readOwn(file: string): Promise<string> {
  // A link is refused (ELOOP): it could lead to any file.
  const opened = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { uid, mode } = await opened.stat();
    const isOwn = process.getuid === undefined || uid === process.getuid();
    if (!isOwn || (mode & 0o077) !== 0)
      throw new Error(
        `${file} must belong to the user of this process, with mode 0600: delete it, and the next start makes a new one.`,
      );
    return (await opened.readFile('utf8')).trim();
  } finally {
    await opened.close();
  }
}

/** Where an embedded service keeps its own admin token, readable by its user only. */
export const keptTokenFile = (dataDir: string): string => join(dataDir, 'admin-token');

/**
 * Reads the kept token, making it first when there is none. The one place where a token lies in clear: a
 * person who starts the embedded service has no other way to get one.
 */
export async function keepToken(dataDir: string): Promise<ApiToken> {
  const file = keptTokenFile(dataDir);
  const token = await keepSecret(file);
  if (token.length < 16)
    throw new Error(
      `${file} holds no token of 16 or more characters: delete it, and the next start makes one.`,
    );
  return apiToken('admin', sha256Hex(token));
}
