import { homedir } from 'node:os';

/**
 * Sets HOME in the environment of a user without a passwd entry, as containers with an arbitrary uid have: Node's
 * `os.homedir()` throws there, and the AWS SDK calls it to look for its files.
 * @returns the same environment
 */
export function withHome<E extends Record<string, string | undefined>>(env: E): E {
  try {
    homedir();
  } catch {
    (env as Record<string, string | undefined>)['HOME'] = '/';
  }
  return env;
}
