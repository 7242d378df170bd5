import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/**
 * Adds the variables of `.env` in the current folder, or of the file that ENV_FILE names; empty: of none. What the environment
 * sets already wins. Node's own reader is used (nodejs.org, `util.parseEnv`).
 * @returns the file that was read, or undefined
 * @throws Error when the file that ENV_FILE names cannot be read
 */
export function loadEnvFile(env: Record<string, string | undefined>): string | undefined {
  const named = env['ENV_FILE'];
  if (named === '') return undefined;
  const file = named ?? '.env';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (named === undefined) return undefined;
    throw new Error(`ENV_FILE ${named} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  for (const [name, value] of Object.entries(parseEnv(text))) env[name] ??= value;
  return file;
}
