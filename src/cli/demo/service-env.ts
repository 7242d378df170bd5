import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { sha256Hex } from '../../runtime/api-token.ts';
import type { Environment } from '../../runtime/config.ts';
import { VARIABLES } from '../../runtime/config-variables.ts';
import { keptTokenFile } from '../../runtime/kept-secret.ts';
import { isRegionCode } from '../../domain/region.ts';
import { CommandFailed } from '../failures.ts';
import { DEMO_PARTNER, type Customer } from './customers-file.ts';
import type { DemoFolder } from './demo-folder.ts';

/** Of the caller's settings these are taken over; the others describe another service than the demo's. */
const TAKEN_OVER: readonly string[] = [
  'HOST',
  'REDIS_URL',
  'QUOTA_PER_SECOND',
  'CONCURRENCY',
  'STOP_DEADLINE_MS',
];

const FIRST_PORT = 3_000;
const PORTS_TRIED = 100;

/** Minutes of backoff would be right for AWS and dull to watch. */
const TRYING_ON = { ATTEMPTS_MAX: '8', BACKOFF_BASE_MS: '300', BACKOFF_CAP_MS: '3000' };

/**
 * For a demo of failures: what its faults are counted for (scripts/customers/kinds.mjs), and a quarter of a minute after
 * which throttling ends.
 */
const GIVING_UP_SOON = {
  ATTEMPTS_MAX: '1',
  // On a busy machine a call may take its time, and this is the only one that an onboarding has.
  AWS_TIMEOUT_MS: '60000',
  BACKOFF_BASE_MS: '300',
  BACKOFF_CAP_MS: '3000',
  DEADLINE_HOURS: String(15 / 3_600),
};

export interface ServiceEnv {
  readonly env: Environment;
  readonly url: string;
}

/** The environment of the demo's service: sandbox, fresh folder, the Regions of the file, and quick retries. */
export async function serviceEnv(
  env: Environment,
  { folder, customers, failing }: { folder: DemoFolder; customers: readonly Customer[]; failing: boolean },
): Promise<ServiceEnv> {
  const host = given(env, 'HOST') ?? VARIABLES.HOST.default;
  const port = Number(given(env, 'PORT') ?? (await freePort(host)));
  const inherited = Object.entries(env).filter(([name]) => !(name in VARIABLES) || TAKEN_OVER.includes(name));
  return {
    url: `http://${reachable(host)}:${port}`,
    env: {
      ...Object.fromEntries(inherited),
      ...(given(env, 'REDIS_URL') === undefined ? {} : await externalRedis(folder)),
      PORT: String(port),
      DATA_DIR: folder.path(),
      AWS_MODE: 'sandbox',
      PARTNER_NAME: DEMO_PARTNER,
      REGIONS: regionsOf(customers).join(','),
      LOG_LEVEL: given(env, 'LOG_LEVEL') ?? 'warn',
      ...(failing ? GIVING_UP_SOON : TRYING_ON),
    },
  };
}

/** Only what is wholly embedded keeps a token by itself. */
async function externalRedis(folder: DemoFolder): Promise<Environment> {
  const token = randomBytes(24).toString('base64url');
  await writeFile(keptTokenFile(folder.path()), `${token}\n`, { mode: 0o600 });
  return {
    API_TOKENS: `admin:demo:sha256=${sha256Hex(token)}`,
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    REDIS_PREFIX: 'onboard-demo',
  };
}

/** The Regions that most rows name; a Region that stands only in rows to be rejected is not registered. */
function regionsOf(customers: readonly Customer[]): readonly string[] {
  const accepted = customers.filter(({ expect }) => !expect.startsWith('rejected:'));
  return [...new Set(accepted.map(({ region }) => region))].filter(isRegionCode).sort();
}

async function freePort(host: string): Promise<number> {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS_TRIED; port += 1) {
    if (await isFree(port, host)) return port;
  }
  throw new CommandFailed(
    `Ports ${FIRST_PORT} to ${FIRST_PORT + PORTS_TRIED - 1} are all in use. Set PORT to a free port.`,
  );
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** An address that means "all of mine" is none that one can connect to everywhere. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

const given = (env: Environment, name: string): string | undefined =>
  env[name] === '' ? undefined : env[name];
