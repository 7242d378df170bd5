import { Redis, type RedisOptions } from 'ioredis';

/** A `redis://` or `rediss://` address, or the unix socket of a private server. */
export type RedisTarget = ({ readonly url: string } | { readonly socketPath: string }) & {
  /** What the server's CLIENT LIST shows, without spaces. */
  readonly name?: string;
};

/** ioredis' own type of this option does not fit its constructor under exactOptionalPropertyTypes. */
type Settings = Omit<RedisOptions, 'replyMapping'>;

const COMMON: Settings = {
  // Back within a second: BullMQ's own default waits up to 20 s between two tries.
  retryStrategy: (times) => Math.min(times * 100, 1_000),
  connectTimeout: 5_000,
};

/** A connection to a server that stays read-only is not renewed more often than this. */
const READONLY_RECONNECT_EVERY_MS = 1_000;

/**
 * A connection whose commands fail at once while Redis is away, instead of waiting in memory. A server that takes
 * commands without answering (a half-open connection) is cut after `socketTimeout`.
 */
export function failFastClient(target: RedisTarget): Redis {
  return connect(target, {
    ...COMMON,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    socketTimeout: 3_000,
  });
}

/** A connection whose commands wait for Redis for as long as it takes, as BullMQ's workers need them to. */
export function patientClient(target: RedisTarget): Redis {
  return connect(target, { ...COMMON, maxRetriesPerRequest: null });
}

/** True once the client is ready; false when it is not within `ms` or has been disconnected. Never rejects. */
export async function isReadyWithin(client: Redis, ms: number): Promise<boolean> {
  if (client.status === 'ready' || client.status === 'end') return client.status === 'ready';
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      client.off('ready', settle).off('end', settle);
      resolve(client.status === 'ready');
    };
    const timer = setTimeout(settle, ms);
    client.on('ready', settle).on('end', settle);
  });
}

function connect(target: RedisTarget, settings: Settings): Redis {
  const all: Settings = {
    ...settings,
    reconnectOnError: leavesReadOnly(),
    ...(target.name === undefined ? {} : { connectionName: target.name }),
  };
  return 'url' in target ? new Redis(target.url, all) : new Redis({ ...all, path: target.socketPath });
}

/**
 * A failover leaves the old primary connected but read-only; only a new connection finds the new one. Before
 * Redis 7 a script's error begins with the script, so READONLY may stand anywhere in the message.
 */
function leavesReadOnly(): (error: Error) => boolean {
  let last = -Infinity;
  return ({ message }) => {
    if (!message.includes('READONLY') || Date.now() - last < READONLY_RECONNECT_EVERY_MS) return false;
    last = Date.now();
    return true;
  };
}
