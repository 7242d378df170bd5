/**
 * A private redis-server for a service without `REDIS_URL`: on a unix socket, append-only file on. It has a process group of its
 * own, so that jobs can be returned while the service stops, ends with the service (tethered-process.ts), and is restarted if it
 * dies. Its data may be lost: the rescue refills it. An append-only file that Redis cannot read (a power cut) is set aside.
 */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock, Log } from '../../ports.ts';
import { logPath, logTail, prepareFolders, setAsideAppendOnly, socketPathOf } from './folder.ts';
import { askRedis, shutDownRedis } from './plain-command.ts';
import { startTethered, type TetheredExit, type TetheredProcess } from './tethered-process.ts';

export interface EmbeddedRedisOptions {
  /** Holds all that Redis keeps; made when missing. One service at a time: the caller holds DATA_DIR's lock. */
  readonly dir: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Name on the PATH, or path, of the server program. */
  readonly program?: string;
}

export class RedisServerMissingError extends Error {
  override readonly name = 'RedisServerMissingError';
}

const MISSING =
  'redis-server is not installed. Run `apt-get install redis-server`, `dnf install redis`, `apk add redis` or ' +
  '`brew install redis`, or set REDIS_URL.';

/** Redis answers LOADING while it reads its file, for as long as that takes; silence is what is bounded. */
const SILENCE_MAX_MS = 15_000;
const POLL_MS = 20;
const STOP_MAX_MS = 10_000;
const RESTART_BASE_MS = 100;
const RESTART_CAP_MS = 5_000;
/** A server that lived this long did not die of how it was started. */
const SETTLED_MS = 60_000;

/**
 * Resolves when the server answers. Throws {@link RedisServerMissingError}, or an Error with the server's own last
 * words when it does not come up.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const server = new EmbeddedRedis({ program: 'redis-server', ...options, dir: resolve(options.dir) });
  await server.start();
  return server;
}

/** Made by {@link startEmbeddedRedis}. */
export class EmbeddedRedis {
  readonly socketPath: string;
  readonly #options: Required<EmbeddedRedisOptions>;
  readonly #stopping = new AbortController();
  #process: TetheredProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: Required<EmbeddedRedisOptions>) {
    this.#options = options;
    this.socketPath = socketPathOf(options.dir);
  }

  async start(): Promise<void> {
    const { dir, log } = this.#options;
    await prepareFolders(dir);
    if ((await shutDownRedis(this.socketPath)) === 'ended') {
      log.warn({ dir }, 'Stopped a redis-server left over from an earlier run');
    }
    await this.#launch();
    this.#ended = this.#keepRunning();
  }

  /** Ends the server after it has written everything out. Repeats wait for the same end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#process?.end();
    const impatience = setTimeout(() => this.#process?.kill(), STOP_MAX_MS);
    await this.#ended;
    clearTimeout(impatience);
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #keepRunning(): Promise<void> {
    const { clock, dir, log } = this.#options;
    let quickDeaths = 0;
    while (true) {
      const startedAt = clock.now();
      const exit = await this.#process?.exited;
      if (this.#isStopping()) return;
      if (clock.now() - startedAt >= SETTLED_MS) quickDeaths = 0;
      const delayMs = Math.min(RESTART_CAP_MS, RESTART_BASE_MS * 2 ** quickDeaths);
      quickDeaths += 1;
      const fields = { exit_code: exit?.code, last_words: await logTail(dir), restart_in_ms: delayMs };
      log.warn(fields, 'Embedded Redis exited unexpectedly and is being restarted');
      try {
        await clock.sleep(delayMs, this.#stopping.signal);
        await shutDownRedis(this.socketPath);
        await this.#launch();
      } catch (error) {
        if (this.#isStopping()) return;
        log.error({ err: error }, 'Embedded Redis could not be restarted; retrying');
      }
    }
  }

  async #launch(): Promise<void> {
    const { dir, log } = this.#options;
    const exit = await this.#launchOnce();
    if (exit === undefined) return;
    if (exit.notRunnable) throw new RedisServerMissingError(MISSING);
    const lastWords = await logTail(dir);
    if (!/append.?only|\bAOF\b/i.test(lastWords)) throw notStarted(lastWords, exit);
    const aside = await setAsideAppendOnly(dir);
    log.error({ aside, last_words: lastWords }, 'Redis could not read its data file and starts empty');
    const again = await this.#launchOnce();
    if (again !== undefined) throw notStarted(await logTail(dir), again);
  }

  /** Undefined once the server answers; else how it ended before. */
  async #launchOnce(): Promise<TetheredExit | undefined> {
    const { dir, program } = this.#options;
    await prepareFolders(dir);
    const output = await open(logPath(dir), 'w', 0o600);
    try {
      const args = serverArguments(dir, this.socketPath);
      this.#process = startTethered({ program, args, endSignal: 'TERM', output: output.fd });
    } finally {
      await output.close();
    }
    // A stop that came while the folders were made found no process, or the one before.
    if (this.#isStopping()) this.#process.end();
    return this.#answersOrExits(this.#process);
  }

  async #answersOrExits(server: TetheredProcess): Promise<TetheredExit | undefined> {
    const over = new AbortController();
    try {
      return await Promise.race([server.exited, this.#answers(over.signal)]);
    } catch (error) {
      server.kill();
      throw error;
    } finally {
      over.abort();
    }
  }

  async #answers(signal: AbortSignal): Promise<undefined> {
    const { clock } = this.#options;
    let heardAt = clock.now();
    while (!signal.aborted) {
      const reply = await askRedis(this.socketPath, 'PING', 1_000);
      if (reply.kind === 'reply' && reply.line === '+PONG') break;
      if (reply.kind === 'reply') heardAt = clock.now();
      if (clock.now() - heardAt > SILENCE_MAX_MS) throw new Error('Redis was started but is not responding.');
      await clock.sleep(POLL_MS);
    }
    return undefined;
  }
}

function notStarted(lastWords: string, exit: TetheredExit): Error {
  return new Error(`Redis did not start (exit code ${exit.code}):\n${lastWords}`, { cause: exit.cause });
}

function serverArguments(dir: string, socketPath: string): string[] {
  const settings: Readonly<Record<string, string>> = {
    dir,
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    appendonly: 'yes',
    appendfsync: 'everysec',
    // BullMQ's keys must never be evicted.
    'maxmemory-policy': 'noeviction',
    // No snapshots beside the append-only file.
    save: '',
    daemonize: 'no',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
