import { join } from 'node:path';
import { apiToken, sha256Hex, type ApiToken } from './api-token.ts';
import { keepSecret } from './kept-secret.ts';

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
