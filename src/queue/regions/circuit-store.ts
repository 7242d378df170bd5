/**
 * The CircuitStore port: one memory per Region, as JSON under one key, by Redis' clock. The rules are the domain's;
 * here a step is only applied to what all workers share, exactly once, even if another process applies one at the same time.
 * All of it may be lost with Redis: the circuit is closed then, and the next faults open it again.
 */
import type { Redis } from 'ioredis';
import { CLOSED, type CircuitMemory } from '../../domain/circuit.ts';
import type { Region } from '../../domain/region.ts';
import { QueueUnavailableError } from '../../domain/unavailable.ts';
import type { CircuitStore } from '../../ports.ts';
import { regionKey } from '../queue-keys.ts';
import { bounded } from '../redis/bounded.ts';

/** Answers Redis' time in milliseconds, so that all workers judge by one clock, and the memory. KEYS[1] the memory. */
const READ = `
local clock = redis.call('TIME')
return { clock[1] * 1000 + math.floor(clock[2] / 1000), redis.call('GET', KEYS[1]) or '' }
`;

/** KEYS[1] the memory; ARGV[1] what the caller has read, ARGV[2] what it is to become. Answers 1 when it was written. */
const REPLACE = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`;

/** Each loss means that another process has won; so many in a row there are not. */
const TRIES = 100;

type ScriptedRedis = Redis & {
  readCircuit(key: string): Promise<[now: number, text: string]>;
  replaceCircuit(key: string, before: string, after: string): Promise<number>;
};

/** @param client shared with the producers; closed by its owner */
export function createCircuitStore(client: Redis, prefix: string): CircuitStore {
  client.defineCommand('readCircuit', { numberOfKeys: 1, lua: READ });
  client.defineCommand('replaceCircuit', { numberOfKeys: 1, lua: REPLACE });
  const redis = client as ScriptedRedis;

  const change: CircuitStore['change'] = async (region, step) => {
    const key = regionKey(prefix, region, 'circuit');
    for (let tries = 0; tries < TRIES; tries += 1) {
      const [now, text] = await bounded('read the circuit', async () => redis.readCircuit(key));
      const before = parsed(text);
      const after = step(before, now);
      if (after === before) return { before, after, now };
      const written = await bounded('write the circuit', async () =>
        redis.replaceCircuit(key, text, JSON.stringify(after)),
      );
      if (written === 1) return { before, after, now };
    }
    throw new QueueUnavailableError(
      `Other processes changed the circuit of ${region} ${TRIES} times in a row.`,
    );
  };

  return { change: inTurns(change) };
}

/** The changes of one process to one Region wait for each other, instead of undoing each other's reads. */
function inTurns(change: CircuitStore['change']): CircuitStore['change'] {
  const last = new Map<Region, Promise<unknown>>();
  return (region, step) => {
    const turn = (last.get(region) ?? Promise.resolve()).then(
      () => change(region, step),
      () => change(region, step),
    );
    last.set(region, turn);
    return turn;
  };
}

/** What another version wrote may lack members, and what is not JSON is nothing: both only forget. */
function parsed(text: string): CircuitMemory {
  if (text === '') return CLOSED;
  try {
    return { ...CLOSED, ...(JSON.parse(text) as Partial<CircuitMemory>) };
  } catch {
    return CLOSED;
  }
}
