import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../dist/workers/main.js', import.meta.url));

export interface CallInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ServiceProcess {
  readonly url: string;
  readonly pid: number;
  /** stdout and stderr so far. */
  output(): string;
  fetch(path: string, init?: CallInit): Promise<Response>;
  ready(): Promise<void>;
  /** A signal to the service's whole process group, as a terminal or a supervisor sends it. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** The environment of a test's service: nothing of this machine's but the way to programs. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TMPDIR && { TMPDIR }) };
}

/** The built service as `npm start` runs it, in a process group of its own; killed at the end of the test at the latest. */
export async function startServiceProcess(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<ServiceProcess> {
  if (!existsSync(MAIN)) throw new Error('dist/ is missing: build first, as `npm test` does.');
  const port = env['PORT'] ?? String(await freePort());
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...bareEnvironment(), ...env, PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  onTestFinished(async () => {
    if (isRunning(child)) child.kill('SIGKILL');
    await ended;
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error('The service did not start.');
  const url = `http://127.0.0.1:${port}`;
  const call: ServiceProcess['fetch'] = (path, init = {}) => {
    const kept = env['DATA_DIR'] === undefined ? '' : join(env['DATA_DIR'], 'admin-token');
    const token = env['TEST_TOKEN'] ?? readFileSync(kept, 'utf8').trim();
    return fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
  };
  return {
    url,
    pid,
    output: () => output,
    fetch: call,
    ended,
    async ready() {
      await eventually(
        async () => {
          if (!isRunning(child)) throw new Error(`The service ended:\n${output}`);
          return (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200;
        },
        { withinMs: 60_000, everyMs: 50 },
      );
    },
    signalGroup: (signal) => process.kill(-pid, signal),
  };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** True while a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
