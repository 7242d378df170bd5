import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { spawnService, type SpawnedService } from './spawn-service.ts';

export interface CallInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ServiceProcess extends Omit<SpawnedService, 'isRunning'> {
  fetch(path: string, init?: CallInit): Promise<Response>;
  ready(): Promise<void>;
  /** A signal to the service's whole process group, as a terminal or a supervisor sends it. */
  signalGroup(signal: NodeJS.Signals): void;
}

/** The built service as `npm start` runs it; killed at the end of the test at the latest. */
export async function startServiceProcess(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<ServiceProcess> {
  const service = spawnService({ ...env, PORT: env['PORT'] ?? String(await freePort()) }, args);
  const { url, pid, ended, output } = service;
  onTestFinished(async () => {
    if (service.isRunning()) process.kill(pid, 'SIGKILL');
    await ended;
  });
  const call: ServiceProcess['fetch'] = (path, init = {}) => {
    const kept = env['DATA_DIR'] === undefined ? '' : join(env['DATA_DIR'], 'admin-token');
    const token = env['TEST_TOKEN'] ?? readFileSync(kept, 'utf8').trim();
    return fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
  };
  return {
    ...service,
    fetch: call,
    async ready() {
      await eventually(
        async () => {
          if (!service.isRunning()) throw new Error(`The service ended:\n${output()}`);
          return (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200;
        },
        { withinMs: 90_000, everyMs: 50 },
      );
    },
    signalGroup: (signal) => process.kill(-pid, signal),
  };
}

/** True while a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
