/**
 * The RateGate port: one stream of evenly paced slots per Region, shared by every process on the same Redis, by
 * Redis' clock. One slot is one AWS call. Made by the composition root only.
 *
 * Takers of one process stand in one line per Region and the gate reserves only a few slots ahead for them. So a
 * taker that aborts wastes nothing (its slot goes to the next in line), a cut of the rate acts within a moment, and no
 * process can book the quota away from the others. While Redis is away takers wait: a call that nobody counted could
 * break the quota for all.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Region } from '../domain/region.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { Log, RateGate } from '../ports.ts';
import { createOutageLog, watchConnection } from './outage-log.ts';
import { rateKey } from './queue-keys.ts';
import { CUT_RATE, TAKE_SLOT } from './rate-script.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from './redis-connection.ts';
import { bounded, CALL_TIMEOUT_MS } from './redis-error.ts';

export interface RateGateOptions {
  readonly connection: RedisTarget;
  /** From `queuePrefix`. */
  readonly prefix: string;
  /** The ceiling of AWS calls per second and Region, over all processes; > 0. */
  readonly perSecond: number;
  readonly log: Log;
}

/** Pacing at the full rate would meet AWS's bucket empty now and then, since the two clocks differ a little. */
const SHARE_OF_CEILING = 0.995;

/** A tenth of a second's slots may go at once after a pause; it also lets late timers catch up. */
const BURST_SECONDS = 0.1;

/** Slots that one process reserves ahead: enough to hide the way to Redis and a busy event loop. */
const AHEAD_SECONDS = 0.05;

const RECOVERY_US = 30_000_000;
const CUT_TO = 0.7;
const LEAST_SHARE = 0.05;
const CUT_EVERY_US = 1_000_000;
const OUTAGE_RETRY_MS = 250;

interface Line {
  /** Calls the taker at the front; each is told once that its turn has come. */
  readonly waiting: Set<() => void>;
  /** Slots asked for and not yet given out. */
  asking: number;
}

/** The caller closes it; whoever still waits then gets a QueueUnavailableError. */
export function createRateGate(options: RateGateOptions): RateGate & { close(): void } {
  const { perSecond, prefix } = options;
  const outages = createOutageLog(options.log);
  const client = scripted(failFastClient(options.connection));
  const disconnect = watchConnection(client, outages, { part: 'rate gate' });
  const closing = new AbortController();
  // Every taker and every slot listens to it; Node would take more than ten for a leak.
  setMaxListeners(0, closing.signal);
  const lines = new Map<Region, Line>();
  const intervalUs = 1_000_000 / (perSecond * SHARE_OF_CEILING);
  const burst = Math.max(1, Math.floor(perSecond * BURST_SECONDS));
  const ahead = Math.ceil(perSecond * AHEAD_SECONDS);

  /** Waits for one slot and gives it to whoever is in front by then. */
  const serve = async (region: Region, line: Line): Promise<void> => {
    try {
      // At the start, and while Redis is away: a command would fail at once.
      await isReadyWithin(client, CALL_TIMEOUT_MS);
      const waitUs = await bounded('give out a slot of the quota', async () =>
        client.takeRateSlot(rateKey(prefix, region), RECOVERY_US, intervalUs, burst),
      );
      outages.recovered();
      await sleep(Math.ceil(waitUs / 1_000), undefined, { signal: closing.signal });
      line.waiting.values().next().value?.();
    } catch (error) {
      if (closing.signal.aborted) return;
      outages.failed('The rate gate gives out no slots', error, { region });
      await sleep(OUTAGE_RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    } finally {
      line.asking -= 1;
      advance(region, line);
    }
  };
  const advance = (region: Region, line: Line): void => {
    while (!closing.signal.aborted && line.asking < Math.min(ahead, line.waiting.size)) {
      line.asking += 1;
      void serve(region, line);
    }
  };

  return {
    async take(region, signal) {
      const line = lines.get(region) ?? { waiting: new Set(), asking: 0 };
      lines.set(region, line);
      if (!closing.signal.aborted && !signal.aborted) {
        await turnIn(line, [signal, closing.signal], () => advance(region, line));
      }
      signal.throwIfAborted();
      if (closing.signal.aborted) throw new QueueUnavailableError('The rate gate is closed.');
    },
    async slowDown(region) {
      try {
        await bounded('cut the rate', async () =>
          client.cutRate(rateKey(prefix, region), RECOVERY_US, CUT_TO, LEAST_SHARE, CUT_EVERY_US),
        );
      } catch (error) {
        outages.failed('The rate could not be cut', error, { region });
      }
    },
    close() {
      closing.abort();
      disconnect();
    },
  };
}

/** Stands in line until called or until one of the signals aborts; the caller looks at the signals afterwards. */
async function turnIn(line: Line, signals: readonly AbortSignal[], joined: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const leave = (): void => {
      line.waiting.delete(leave);
      for (const signal of signals) signal.removeEventListener('abort', leave);
      resolve();
    };
    for (const signal of signals) signal.addEventListener('abort', leave);
    line.waiting.add(leave);
    joined();
  });
}

type Numbers = readonly number[];
type ScriptedRedis = Redis & {
  takeRateSlot(key: string, ...args: Numbers): Promise<number>;
  cutRate(key: string, ...args: Numbers): Promise<number>;
};

/** ioredis sends EVALSHA and falls back to EVAL, so a restarted Redis learns the scripts again by itself. */
function scripted(client: Redis): ScriptedRedis {
  client.defineCommand('takeRateSlot', { numberOfKeys: 1, lua: TAKE_SLOT });
  client.defineCommand('cutRate', { numberOfKeys: 1, lua: CUT_RATE });
  return client as ScriptedRedis;
}
