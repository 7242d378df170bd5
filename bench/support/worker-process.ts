import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PeerKey } from '../peers/all-peers.ts';
import type { Place } from './place.ts';

export interface WorkerProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** SIGTERM, and SIGKILL when that does not help. */
  stop(): Promise<void>;
}

const SERVICE = fileURLToPath(new URL('../../dist/workers/main.js', import.meta.url));
const PEER = fileURLToPath(new URL('../peers/main.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const STOP_MAX_MS = 10_000;

/** The built service, with nothing of this machine's environment but the way to programs. */
export function startService(
  place: Place,
  { run, env = {} }: { run: string; env?: Readonly<Record<string, string>> },
): WorkerProcess {
  return start([SERVICE, `--run=${run}`], { ...serviceEnvironment(place), ...env });
}

/** The built service with everything that it needs inside it. */
export function startEmbedded(env: Readonly<Record<string, string>>): WorkerProcess {
  return start([SERVICE], env);
}

/** Every part as in production; the ceiling of the quota does not bind. */
function serviceEnvironment(place: Place): Record<string, string> {
  return {
    REDIS_URL: place.redisUrl,
    DATABASE_URL: place.databaseUrl,
    AWS_MODE: 'live',
    AWS_ENDPOINT_URL_EVENTBRIDGE: place.awsUrl,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    PARTNER_NAME: 'acme.example',
    REGIONS: 'us-east-1',
    API_TOKENS: `admin:bench:${BENCH_TOKEN}`,
    SESSION_SECRET: 'bench-0123456789abcdef0123456789abcdef',
    QUOTA_PER_SECOND: '10000',
  };
}

export const BENCH_TOKEN = 'bench-0123456789abcdef';

export function startPeer(key: PeerKey, place: Place, concurrency: number): WorkerProcess {
  return startTypeScript(PEER, [key, String(concurrency), JSON.stringify(place)]);
}

export function startTypeScript(program: string, args: readonly string[]): WorkerProcess {
  return start(['--import', TSX, program, ...args], {});
}

/** Whatever it logs goes where it costs the same for all. */
function start(argv: readonly string[], env: Readonly<Record<string, string>>): WorkerProcess {
  const { PATH, HOME, TMPDIR, NODE_OPTIONS } = process.env;
  const inherited = Object.entries({ PATH, HOME, TMPDIR, NODE_OPTIONS }).filter(
    ([, value]) => value !== undefined,
  );
  const child = spawn(process.execPath, argv, {
    env: {
      ...Object.fromEntries(inherited),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...env,
    },
    stdio: ['ignore', openSync('/dev/null', 'w'), 'inherit'],
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isRunning,
    async stop() {
      if (!isRunning()) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS);
      await exited;
      clearTimeout(impatience);
    },
  };
}
