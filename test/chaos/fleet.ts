/** The service's processes as a supervisor keeps them: one that ends is started again at the same address. */
import { freePort } from '../support/free-port.ts';
import { spawnService, type SpawnedService } from '../support/spawn-service.ts';
import { PARTNER, REGIONS } from './plan.ts';
import type { Surroundings } from './surroundings.ts';

export const ADMIN_TOKEN = 'chaos-admin-0123456789';
export const REDIS_PREFIX = 'chaos';
/** The default: a stop may meet an outage, and each part of it has a bound of its own. */
const STOP_DEADLINE_MS = 8_000;
/** What a process whose only part is stuck says before it ends, so that its supervisor starts a new one. */
const STUCK = 'StuckError';

export interface Member {
  readonly name: string;
  readonly url: string;
  /** Where its figures and its health are shown, whatever it runs. */
  readonly metricsUrl: string;
  /** Of the process that it is at present. */
  readonly pid: () => number;
  /** kill -9, gone for a while, started again. */
  kill(downMs: number): Promise<void>;
  /** SIGTERM, then started again; tells of a stop that was not clean. */
  stop(downMs: number): Promise<void>;
  /** SIGSTOP for a while. */
  freeze(ms: number): Promise<void>;
}

export interface Fleet {
  readonly workers: readonly Member[];
  readonly apis: readonly Member[];
  /** What no process of ours may do: end by itself, or end badly when told to stop. */
  readonly troubles: readonly string[];
  /** How often each thing happened to a process. */
  readonly counts: { kills: number; stops: number; freezes: number; restartsByItself: number };
  /** The end of what the processes have said, for a failed run. */
  lastWords(): string;
  /** SIGTERM to all of them at once. */
  close(): Promise<void>;
}

export interface FleetSize {
  readonly workers: number;
  readonly apis: number;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export async function startFleet(around: Surroundings, size: FleetSize): Promise<Fleet> {
  const env = { ...environmentOf(around), ...size.env };
  const troubles: string[] = [];
  const counts = { kills: 0, stops: 0, freezes: 0, restartsByItself: 0 };
  const kept: KeptProcess[] = [];
  const start = async (name: string, run: string): Promise<Member> => {
    const process = new KeptProcess(name, {
      env: { ...env, PORT: String(await freePort()), METRICS_PORT: String(await freePort()) },
      run,
      troubles,
      counts,
    });
    kept.push(process);
    return process;
  };
  const killAll = (): void => kept.forEach((each) => each.killNow());
  process.once('exit', killAll);
  const many = (count: number, name: string, run: string): Promise<Member[]> =>
    Promise.all(Array.from({ length: count }, (_, n) => start(`${name}-${n}`, run)));
  return {
    workers: await many(size.workers, 'worker', 'provisioning'),
    apis: await many(size.apis, 'api', 'http,maintenance,webhooks'),
    troubles,
    counts,
    lastWords: () => kept.map((each) => each.lastWords()).join('\n'),
    async close() {
      await Promise.all(kept.map((each) => each.end()));
      process.off('exit', killAll);
    },
  };
}

function environmentOf({ redis, database, aws, receiver }: Surroundings): Record<string, string> {
  return {
    NODE_ENV: 'production',
    AWS_MODE: 'live',
    AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${aws.port}`,
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'y',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    PARTNER_NAME: PARTNER,
    REGIONS: REGIONS.join(','),
    REDIS_URL: redis.url,
    REDIS_PREFIX,
    DATABASE_URL: database.url,
    API_TOKENS: `admin:chaos:${ADMIN_TOKEN}`,
    SESSION_SECRET: 'chaos-0123456789-0123456789-0123456789',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: receiver.secret,
    WEBHOOK_BACKOFF_BASE_MS: '200',
    WEBHOOK_TIMEOUT_MS: '2000',
    QUOTA_PER_SECOND: '150',
    CONCURRENCY: '20',
    AWS_TIMEOUT_MS: '1500',
    BACKOFF_BASE_MS: '50',
    BACKOFF_CAP_MS: '1000',
    STOP_DEADLINE_MS: String(STOP_DEADLINE_MS),
  };
}

interface Keeping {
  readonly env: Readonly<Record<string, string>> & { readonly PORT: string; readonly METRICS_PORT: string };
  readonly run: string;
  readonly troubles: string[];
  readonly counts: Fleet['counts'];
}

const OUTPUT_KEPT = 4_000;

/** A class because it lives: the process behind the name changes at every start. */
class KeptProcess implements Member {
  readonly name: string;
  readonly url: string;
  readonly metricsUrl: string;
  readonly #keeping: Keeping;
  #current: SpawnedService;
  /** Whoever is about to end it says so, so that its end is not taken for its own. */
  #expected = false;
  #closed = false;
  #before = '';

  constructor(name: string, keeping: Keeping) {
    this.name = name;
    this.url = `http://127.0.0.1:${keeping.env.PORT}`;
    this.metricsUrl = `http://127.0.0.1:${keeping.env.METRICS_PORT}/metrics`;
    this.#keeping = keeping;
    this.#current = this.#spawn();
  }

  readonly pid = (): number => this.#current.pid;

  async kill(downMs: number): Promise<void> {
    this.#keeping.counts.kills += 1;
    await this.#replace('SIGKILL', downMs);
  }

  async stop(downMs: number): Promise<void> {
    this.#keeping.counts.stops += 1;
    await this.#replace('SIGTERM', downMs);
  }

  async freeze(ms: number): Promise<void> {
    this.#keeping.counts.freezes += 1;
    const { pid } = this.#current;
    this.#signal(pid, 'SIGSTOP');
    await pause(ms);
    this.#signal(pid, 'SIGCONT');
  }

  async end(): Promise<void> {
    this.#closed = true;
    this.#expected = true;
    const { pid } = this.#current;
    this.#signal(pid, 'SIGTERM');
    // One that is frozen would not hear of it.
    this.#signal(pid, 'SIGCONT');
    await this.#endedCleanly('SIGTERM');
  }

  /** For the exit of this process, which waits for nothing. */
  killNow(): void {
    this.#closed = true;
    if (this.#current.isRunning()) this.#signal(this.#current.pid, 'SIGKILL');
  }

  lastWords(): string {
    return `── ${this.name}\n${(this.#before + this.#current.output()).slice(-OUTPUT_KEPT)}`;
  }

  async #replace(signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void> {
    this.#expected = true;
    this.#signal(this.#current.pid, signal);
    await this.#endedCleanly(signal);
    await pause(downMs);
    this.#restart();
  }

  async #endedCleanly(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const service = this.#current;
    const startedAt = Date.now();
    const late = setTimeout(() => this.#signal(service.pid, 'SIGKILL'), STOP_DEADLINE_MS + 5_000);
    const exit = await service.ended;
    clearTimeout(late);
    // One that has not come to its first line yet has nothing to put back.
    const hadBegun = service.output() !== '';
    if (signal === 'SIGKILL' || exit === 0 || !hadBegun) return;
    this.#keeping.troubles.push(
      `${this.name} was told to stop and ended with ${exit} after ${Date.now() - startedAt} ms, saying: ${service.output().slice(-OUTPUT_KEPT)}`,
    );
  }

  #restart(): void {
    this.#before = (this.#before + this.#current.output()).slice(-OUTPUT_KEPT);
    this.#expected = false;
    if (!this.#closed) this.#current = this.#spawn();
  }

  #spawn(): SpawnedService {
    const { env, run, troubles, counts } = this.#keeping;
    const service = spawnService(env, [`--run=${run}`]);
    void service.ended.then((exit) => {
      if (this.#expected || this.#closed) return;
      counts.restartsByItself += 1;
      if (!service.output().includes(STUCK))
        troubles.push(
          `${this.name} ended by itself with ${exit}, saying: ${service.output().slice(-OUTPUT_KEPT)}`,
        );
      this.#restart();
    });
    return service;
  }

  #signal(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // Gone already: its end is told elsewhere.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
