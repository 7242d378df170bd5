import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askRedis } from '../../src/queue/embedded/plain-command.ts';
import { startTethered } from '../../src/queue/embedded/tethered-process.ts';
import { freePort } from './free-port.ts';

export interface RedisOptions {
  /** Keeps its data there over restarts, append-only file on; without it nothing is kept. */
  readonly dir?: string;
  /** To come back where an earlier one was. */
  readonly port?: number;
  /** Further settings, such as `{ 'maxmemory-policy': 'allkeys-lru' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly socketPath: string;
  /** As a power cut would; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it has ended in good order, or had ended before. */
  stop(): Promise<void>;
}

/** The port of a Cluster's bus would be 10,000 above, where another program may have a connection. */
async function withBusPort(options: RedisOptions): Promise<RedisOptions> {
  const { settings } = options;
  if (settings?.['cluster-enabled'] !== 'yes') return options;
  return { ...options, settings: { ...settings, 'cluster-port': String(await freePort()) } };
}

/** A private redis-server on a free port of 127.0.0.1 and a unix socket; it ends with this process at the latest. */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const socketPath = join(folder, 'redis.sock');
  const port = options.port ?? (await freePort());
  const output = await open(join(folder, 'log'), 'w');
  const server = startTethered({
    program: 'redis-server',
    args: serverArguments(await withBusPort(options), { folder, port, socketPath }),
    endSignal: 'TERM',
    output: output.fd,
  });
  await output.close();
  const over = async (): Promise<void> => {
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  };
  const ended = server.exited.then(() => true);
  const deadline = Date.now() + 15_000;
  while ((await firstLine(socketPath)) !== '+PONG') {
    if (Date.now() > deadline || (await Promise.race([ended, delay(10, false)]))) {
      server.kill();
      throw new Error(`Redis did not start:\n${await readFile(join(folder, 'log'), 'utf8')}`);
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    socketPath,
    kill: () => (server.kill(), over()),
    stop: () => (server.end(), over()),
  };
}

async function firstLine(socketPath: string): Promise<string> {
  const reply = await askRedis(socketPath, 'PING', 1_000);
  return reply.kind === 'reply' ? reply.line : '';
}

function serverArguments(
  options: RedisOptions,
  { folder, port, socketPath }: { folder: string; port: number; socketPath: string },
): string[] {
  const settings = {
    dir: options.dir ?? folder,
    bind: '127.0.0.1',
    port: String(port),
    unixsocket: socketPath,
    appendonly: options.dir === undefined ? 'no' : 'yes',
    'maxmemory-policy': 'noeviction',
    save: '',
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
