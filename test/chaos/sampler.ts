/** Figures of memory, handles and connections, taken every few seconds while a run continues. */
import { pause, type Fleet, type Member } from './fleet.ts';
import type { Watched } from './run.ts';
import type { Surroundings } from './surroundings.ts';

/** Of one moment. Megabytes for memory. */
export interface Sample {
  readonly atMs: number;
  /** Of the processes that live through the whole run. */
  readonly processes: readonly ProcessFigures[];
  readonly redisKeys: number;
  readonly redisMemoryMb: number;
  readonly redisClients: number;
  readonly postgresSessions: number;
}

export interface ProcessFigures {
  readonly name: string;
  readonly heapMb: number;
  readonly rssMb: number;
  readonly openFiles: number;
  /** libuv's: sockets, timers, servers. */
  readonly handles: number;
}

const EVERY_MS = 5_000;

/** Connections that nobody needs any more are closed after some seconds. */
const REST_MS = 15_000;

/** Starts sampling; what it gives back stops it and takes the last sample. The first and the last are of a service at rest. */
export function startSampler({ around, fleet }: Watched, samples: Sample[]): () => Promise<void> {
  const startedAt = Date.now();
  const take = async (): Promise<void> => {
    const sample = await takeSample({ around, fleet }, Date.now() - startedAt);
    if (sample !== undefined) samples.push(sample);
  };
  let running = take();
  const timer = setInterval(() => {
    running = running.then(take);
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await running;
    await pause(REST_MS);
    await take();
  };
}

/** Undefined while something that is asked is struck by a fault. */
async function takeSample({ around, fleet }: Watched, atMs: number): Promise<Sample | undefined> {
  try {
    const [processes, redis, postgresSessions] = await Promise.all([
      Promise.all(watchedMembers(fleet).map(figuresOf)),
      redisFigures(around),
      sessionsOf(around),
    ]);
    return { atMs, processes, ...redis, postgresSessions };
  } catch {
    return undefined;
  }
}

const watchedMembers = ({ workers, apis }: Fleet): readonly Member[] => [
  ...workers.slice(0, 1),
  ...apis.slice(0, 1),
];

const MB = 1_048_576;

async function figuresOf({ name, metricsUrl }: Member): Promise<ProcessFigures> {
  const reply = await fetch(metricsUrl, { signal: AbortSignal.timeout(4_000) });
  const text = await reply.text();
  return {
    name,
    heapMb: figure(text, 'nodejs_heap_size_used_bytes') / MB,
    rssMb: figure(text, 'process_resident_memory_bytes') / MB,
    openFiles: figure(text, 'process_open_fds'),
    handles: figure(text, 'nodejs_active_handles_total'),
  };
}

function figure(exposition: string, name: string): number {
  const found = new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(exposition)?.[1];
  if (found === undefined) throw new Error(`No figure ${name}`);
  return Number(found);
}

async function redisFigures({
  redis,
}: Surroundings): Promise<Pick<Sample, 'redisKeys' | 'redisMemoryMb' | 'redisClients'>> {
  const [keys, memory, clients] = await Promise.all([
    redis.command('DBSIZE'),
    redis.command('INFO memory'),
    redis.command('INFO clients'),
  ]);
  return {
    redisKeys: Number(/\d+/.exec(keys)?.[0]),
    redisMemoryMb: Number(/used_memory:(\d+)/.exec(memory)?.[1]) / MB,
    redisClients: Number(/connected_clients:(\d+)/.exec(clients)?.[1]),
  };
}

async function sessionsOf({ database }: Surroundings): Promise<number> {
  const [row] = await database.query<{ count: string }>(
    `select count(*) from pg_stat_activity
       where datname = current_database() and application_name <> 'observer'`,
  );
  return Number(row?.count);
}
