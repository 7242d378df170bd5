import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { OnboardingClient } from '../../client/onboarding-client.ts';
import { aborted } from '../../runtime/aborted.ts';
import type { Environment } from '../../runtime/config.ts';
import { keptTokenFile } from '../../runtime/kept-secret.ts';
import { CommandFailed } from '../failures.ts';
import { safeText } from '../view/text.ts';
import type { Customer } from './customers-file.ts';
import type { DemoFolder } from './demo-folder.ts';
import { packagePath } from '../../runtime/package.ts';
import { serviceEnv } from './service-env.ts';

/** The service in a process of its own, as `npm start` runs it. */
export interface DemoService {
  readonly url: string;
  readonly client: OnboardingClient;
  /** Logs in to the console, once and within ten minutes of the start; undefined where the service was given its token. */
  readonly loginLink: string | undefined;
  /** Aborts when the process has ended; the reason is an error with the end of its log. */
  readonly gone: AbortSignal;
  /** Lets it drain; resolves when it has gone. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const READY_POLL_MS = 100;
/** Longer than the service's own bound on a graceful stop, which it keeps by itself. */
const STOP_GRACE_MS = 5_000;
const LOG_TAIL_LINES = 20;

/** Starts the service and resolves once it is ready; rejects with the end of its log when it does not get there. */
export async function startService(
  demo: { env: Environment; folder: DemoFolder; stopping: AbortSignal; failing: boolean },
  customers: readonly Customer[],
): Promise<DemoService> {
  const { folder, stopping, failing } = demo;
  const { env, url } = await serviceEnv(demo.env, { folder, customers, failing });
  const child = await spawnService(env, folder.path('service.log'));
  const gone = goneSignal(child, folder);
  const stop = (): Promise<void> => stopChild(child, gone, Number(env['STOP_DEADLINE_MS'] ?? 8_000));
  try {
    await untilReady(url, AbortSignal.any([stopping, gone, AbortSignal.timeout(READY_WITHIN_MS)]));
    const token = (await readFile(keptTokenFile(folder.path()), 'utf8')).trim();
    const client = new OnboardingClient({ url, token });
    const loginLink = await loginLinkIn(folder.path('service.log'));
    return { url, client, loginLink, gone, stop };
  } catch (error) {
    const report = deathReport(folder, child);
    await stop();
    throw stopping.aborted ? error : report;
  }
}

/** It shares our process group, so Ctrl-C reaches it; the channel tells it when we are gone without a word. */
async function spawnService(env: Environment, logFile: string): Promise<ChildProcess> {
  const log = await open(logFile, 'a', 0o600);
  try {
    return spawn(process.execPath, [packagePath('dist', 'workers', 'main.js')], {
      env,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    });
  } finally {
    await log.close();
  }
}

async function loginLinkIn(logFile: string): Promise<string | undefined> {
  const log = await readFile(logFile, 'utf8');
  return /^Console: (\S+)/m.exec(log)?.[1];
}

function goneSignal(child: ChildProcess, folder: DemoFolder): AbortSignal {
  const gone = new AbortController();
  for (const event of ['exit', 'error']) child.once(event, () => gone.abort(deathReport(folder, child)));
  return gone.signal;
}

async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  const client = new OnboardingClient({ url });
  while (true) {
    if ((await client.ready({ signal })).ok) return;
    await delay(READY_POLL_MS, undefined, { signal });
  }
}

async function stopChild(child: ChildProcess, gone: AbortSignal, deadlineMs: number): Promise<void> {
  if (gone.aborted) return;
  child.kill('SIGTERM');
  const overdue = setTimeout(() => child.kill('SIGKILL'), deadlineMs + STOP_GRACE_MS);
  await aborted(gone);
  clearTimeout(overdue);
}

function deathReport(folder: DemoFolder, child: ChildProcess): CommandFailed {
  const log = readFileSync(folder.path('service.log'), 'utf8');
  const tail = log.trimEnd().split('\n').slice(-LOG_TAIL_LINES).map(safeText);
  const how =
    child.signalCode ?? (child.exitCode === null ? 'not ready in time' : `exit code ${child.exitCode}`);
  const title = `The service failed (${how}). The end of ${folder.show('service.log')}:`;
  return new CommandFailed([title, ...tail].join('\n'));
}
