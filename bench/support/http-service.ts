import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import type { Place } from './place.ts';
import { BENCH_TOKEN, startService, startTypeScript, type WorkerProcess } from './worker-process.ts';

export interface HttpProcess extends WorkerProcess {
  readonly url: string;
}

/** The built service with these parts, once it is ready. */
export async function startHttpService(
  place: Place,
  { run, env = {} }: { run: string; env?: Readonly<Record<string, string>> },
): Promise<HttpProcess> {
  const port = await freePort();
  const service = startService(place, { run, env: { PORT: String(port), ...env } });
  return ready(service, port);
}

/** What one would write for the same request without this project. */
export async function startBareRoute(place: Place): Promise<HttpProcess> {
  const port = await freePort();
  const program = fileURLToPath(new URL('../peers/bare-route.ts', import.meta.url));
  return ready(startTypeScript(program, [String(port), place.databaseUrl]), port);
}

async function ready(worker: WorkerProcess, port: number): Promise<HttpProcess> {
  const url = `http://127.0.0.1:${port}`;
  while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== 200) {
    if (!worker.isRunning()) throw new Error('The service did not start.');
    await delay(20);
  }
  return { ...worker, url };
}

/** A call of the service as an administrator; throws unless it was answered with 2xx. */
export async function callService<T>(url: string, path: string, body?: object): Promise<T> {
  const reply = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${BENCH_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${text}`);
  return JSON.parse(text) as T;
}
