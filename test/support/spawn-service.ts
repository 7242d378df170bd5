import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/workers/main.js', import.meta.url));

export interface SpawnedService {
  readonly url: string;
  readonly pid: number;
  readonly isRunning: () => boolean;
  /** stdout and stderr so far. */
  readonly output: () => string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** The environment of a test's service: nothing of this machine's but the way to programs. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  // Nor the file of a developer.
  return { ENV_FILE: '', ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TMPDIR && { TMPDIR }) };
}

/** The built service as `npm start` runs it, in a process group of its own. Whoever spawns it ends it. */
export function spawnService(
  env: Readonly<Record<string, string>> & { readonly PORT: string },
  args: readonly string[] = [],
): SpawnedService {
  if (!existsSync(MAIN)) throw new Error('dist/ is missing: build first, as `npm test` does.');
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...bareEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const pid = child.pid;
  if (pid === undefined) throw new Error('The service did not start.');
  return {
    url: `http://127.0.0.1:${env.PORT}`,
    pid,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    output: () => output,
    ended,
  };
}
