import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { LANES, type Lane } from '../../domain/onboarding.ts';
import type { Region } from '../../domain/region.ts';
import type { Log, LogFields } from '../../ports.ts';
import type { JobData } from '../jobs/job-data.ts';
import { watchConnection, type OutageLog } from '../redis/outage-log.ts';
import { queueName, regionPrefix } from '../queue-keys.ts';
import { checkRedis, UnsupportedRedisError, type RedisReport } from '../redis/checks.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from '../redis/connection.ts';
import { CALL_TIMEOUT_MS } from '../redis/bounded.ts';

/** The producers' side of every Region's two queues, on one connection. */
export interface RegionQueues {
  readonly client: Redis;
  /** A Region that the configuration no longer names still has its queue: its jobs wait for the Region to return. */
  of(region: Region, lane: Lane): Queue<JobData>;
  /** Both, live first. */
  lanesOf(region: Region): readonly Queue<JobData>[];
  all(): readonly Queue[];
  /**
   * BullMQ 6's script that puts an active job back into its lane sets no marker, so an idle worker would see the job
   * only at its next poll, up to 5 s later. A marker too many just lets one worker look once.
   */
  wake(queue: Queue): Promise<void>;
  /** Null until Redis has answered for the first time. */
  report(): RedisReport | null;
  close(): Promise<void>;
}

/** BullMQ's event stream is not read here; its default keeps 10,000 entries, 0.64 MB for every queue. */
const EVENTS_KEPT = 100;

/** `attempts` only has to be out of reach: the ledger counts. Stacks go to the log, not to Redis. */
const JOB_OPTIONS = { attempts: 1_000_000, backoff: { type: 'capped' }, stackTraceLimit: 0 };

/**
 * Resolves after at most {@link CALL_TIMEOUT_MS}, whether Redis answers or not.
 * @throws UnsupportedRedisError when it answers and is too old
 */
export async function openRegionQueues(options: {
  readonly connection: RedisTarget;
  readonly prefix: string;
  readonly regions: readonly Region[];
  readonly log: Log;
  readonly outages: OutageLog;
}): Promise<RegionQueues> {
  const { prefix, log, outages } = options;
  const client = failFastClient(options.connection);
  const queues = new Map<string, Queue<JobData>>();
  const disconnect = watchConnection(client, outages);

  const of = (region: Region, lane: Lane): Queue<JobData> => {
    const name = queueName(region, lane);
    const at = regionPrefix(prefix, region);
    const fields = { region, lane };
    const queue = queues.get(name) ?? makeQueue(name, { client, outages, at, fields });
    queues.set(name, queue);
    return queue;
  };
  const lanesOf = (region: Region): readonly Queue<JobData>[] => LANES.map((lane) => of(region, lane));
  const all = (): readonly Queue[] => [...queues.values()];
  options.regions.forEach(lanesOf);

  const inspect = inspector(client, log);
  client.on('ready', () => {
    void limitEvents(client, all());
    void inspect.look();
  });
  const close = async (): Promise<void> => {
    await Promise.all(all().map(async (queue) => queue.close()));
    disconnect();
  };
  if (await isReadyWithin(client, CALL_TIMEOUT_MS)) {
    const refused = (await inspect.look())?.findings.find(({ status }) => status === 'fail');
    if (refused !== undefined) {
      await close();
      throw new UnsupportedRedisError(`${refused.message} ${refused.fix}`);
    }
  }
  return {
    client,
    of,
    lanesOf,
    all,
    async wake(queue) {
      await client.zadd(queue.toKey('marker'), 0, '0').catch(() => undefined);
    },
    report: () => inspect.latest(),
    close,
  };
}

function makeQueue(
  name: string,
  { client, outages, at, fields }: { client: Redis; outages: OutageLog; at: string; fields: LogFields },
): Queue<JobData> {
  const queue = new Queue<JobData>(name, {
    connection: client,
    prefix: at,
    // Both are needed for calls to fail at once when Redis was never reached. Without the first, BullMQ would also
    // keep a failed version check permanently; redis/checks.ts looks at the version instead.
    skipVersionCheck: true,
    skipWaitingForReady: true,
    streams: { events: { maxLen: EVENTS_KEPT } },
    defaultJobOptions: JOB_OPTIONS,
  });
  queue.on('error', (error) => outages.failed('A queue reported an error', error, fields));
  return queue;
}

/** BullMQ writes this limit once, when a Queue is made, and not at all if Redis is away at that moment. */
async function limitEvents(client: Redis, queues: readonly Queue[]): Promise<void> {
  for (const queue of queues) {
    await client.hset(queue.toKey('meta'), 'opts.maxLenEvents', EVENTS_KEPT).catch(() => undefined);
  }
}

/** Looks again after every reconnect, since it may be another server then, and logs only what is new. */
function inspector(
  client: Redis,
  log: Log,
): { look(): Promise<RedisReport | null>; latest(): RedisReport | null } {
  let latest: RedisReport | null = null;
  const said = new Set<string>();
  return {
    latest: () => latest,
    async look() {
      latest = await checkRedis(client);
      for (const { check, status, message } of latest.findings) {
        if (status === 'ok' || said.has(message)) continue;
        said.add(message);
        log[status === 'fail' ? 'error' : 'warn']({ check, redis_version: latest.version }, message);
      }
      return latest;
    },
  };
}
