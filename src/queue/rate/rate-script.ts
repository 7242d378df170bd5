import type { Redis } from 'ioredis';

/**
 * The shared state of one Region's rate, as Lua scripts on one hash. They judge nothing: what throttled calls mean is
 * said in src/domain/pace.ts, and a slot is given out only to who knows the present pace.
 *
 * Fields: `tat`, when the next slot is due (GCRA's theoretical arrival time); `pace`, as JSON, and `rev`, which counts
 * its changes; `passed`, `throttled` and `idle`, calls of both kinds and time of unused slots, all since the
 * last change of the pace; `at`, the last time that was read, and `skew`. Times are microseconds of Redis' clock, plus
 * `skew`, which grows when that clock is set back: so this clock never goes back.
 */
const RATE = `
local clock = redis.call('TIME')
local state = redis.call('HMGET', KEYS[1], 'tat', 'at', 'skew', 'rev', 'pace')
local skew = tonumber(state[3]) or 0
local now = clock[1] * 1000000 + clock[2] + skew
local at = tonumber(state[2]) or 0
local function int(number) return string.format('%.0f', number) end
if now < at then
  skew = skew + at - now
  now = at
  redis.call('HSET', KEYS[1], 'skew', int(skew))
end
local rev = state[4] or ''
`;

/** What is known of a limit is kept for an hour; more than enough for a slot that is far away. */
const KEPT = `redis.call('PEXPIRE', KEYS[1], 3600000)`;

/**
 * Reserves slots in a row. KEYS[1] the hash; ARGV[1] the `rev` of the pace that the caller knows; ARGV[2] µs between two
 * slots, as follows from that pace; ARGV[3] how many slots may be taken at once after a pause; ARGV[4] how many are
 * wanted; ARGV[5] calls that passed since the caller last said so; ARGV[6] 1: only a slot that is due now, else nothing
 * is reserved.
 * Answers now, and how long the first slot has to be waited for, in µs; with another `rev` now, -1, the rev and the pace.
 */
const TAKE_SLOTS = `${RATE}
if ARGV[5] ~= '0' then redis.call('HINCRBY', KEYS[1], 'passed', ARGV[5]) end
if rev ~= ARGV[1] then return { now, -1, rev, state[5] or '' } end
local interval = tonumber(ARGV[2])
local due = tonumber(state[1]) or now
local earliest = now - (tonumber(ARGV[3]) - 1) * interval
if ARGV[6] == '1' and due > now then return { now, math.floor(due - now) } end
if due < earliest then
  redis.call('HINCRBYFLOAT', KEYS[1], 'idle', int(earliest - due))
  due = earliest
end
redis.call('HSET', KEYS[1], 'tat', int(due + tonumber(ARGV[4]) * interval), 'at', int(now))
${KEPT}
return { now, math.floor(due - now) }
`;

/**
 * What is known. ARGV[1] calls that passed since the caller last said so; ARGV[2] calls that were throttled.
 * Answers now, rev, pace, passed, throttled, idle.
 */
const READ_PACE = `${RATE}
if ARGV[1] ~= '0' then redis.call('HINCRBY', KEYS[1], 'passed', ARGV[1]) end
if ARGV[2] ~= '0' then redis.call('HINCRBY', KEYS[1], 'throttled', ARGV[2]) end
local counts = redis.call('HMGET', KEYS[1], 'passed', 'throttled', 'idle')
return { now, rev, state[5] or '', tonumber(counts[1]) or 0, tonumber(counts[2]) or 0, math.floor(tonumber(counts[3]) or 0) }
`;

/** Changes the pace. ARGV[1] the `rev` that the change was judged by; ARGV[2] the new pace. Answers 0 when there is another. */
const CHANGE_PACE = `${RATE}
if rev ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'pace', ARGV[2], 'rev', int((tonumber(rev) or 0) + 1), 'at', int(now), 'passed', 0, 'throttled', 0, 'idle', 0)
${KEPT}
return 1
`;

export type ScriptedRedis = Redis & {
  takeSlots(
    key: string,
    ...args: [rev: string, everyUs: number, burst: number, count: number, passed: number, onlyNow: 0 | 1]
  ): Promise<[nowUs: number, firstUs: number, rev?: string, pace?: string]>;
  readPace(
    key: string,
    ...args: [passed: number, throttled: number]
  ): Promise<[nowUs: number, rev: string, pace: string, passed: number, throttled: number, idleUs: number]>;
  changePace(key: string, rev: string, pace: string): Promise<number>;
};

/** ioredis sends EVALSHA and falls back to EVAL, so a restarted Redis learns the scripts again by itself. */
export function withRateScripts(client: Redis): ScriptedRedis {
  client.defineCommand('takeSlots', { numberOfKeys: 1, lua: TAKE_SLOTS });
  client.defineCommand('readPace', { numberOfKeys: 1, lua: READ_PACE });
  client.defineCommand('changePace', { numberOfKeys: 1, lua: CHANGE_PACE });
  return client as ScriptedRedis;
}
