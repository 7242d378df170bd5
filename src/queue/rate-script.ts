/**
 * The shared state of one Region's rate, as two Lua scripts on one hash, by Redis' own clock in microseconds:
 * `tat`, when the next slot is due (GCRA's theoretical arrival time), and the last cut of the rate, `factor` at `cutAt`.
 * The factor grows back with time by itself, so that no script but the cut has to write it.
 */
const RATE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local state = redis.call('HMGET', KEYS[1], 'tat', 'factor', 'cutAt')
local cutAt = tonumber(state[3]) or 0
local grown = math.max(0, now - cutAt) / tonumber(ARGV[1])
local factor = math.min(1, (tonumber(state[2]) or 1) + grown)
`;

/**
 * Reserves the next slot and returns how long to wait for it, in microseconds.
 * KEYS[1] the hash; ARGV[1] how long the rate takes to grow from nothing to its ceiling, in µs; ARGV[2] µs between two
 * slots at the ceiling; ARGV[3] how many slots may be taken at once after a pause.
 */
export const TAKE_SLOT = `${RATE}
local interval = tonumber(ARGV[2]) / factor
local due = tonumber(state[1]) or 0
-- Further ahead than takers can have reserved: Redis' clock was set back. Start over instead of waiting for it.
if due - now > math.max(60000000, 100 * interval) then due = 0 end
local slot = math.max(due, now - (tonumber(ARGV[3]) - 1) * interval)
redis.call('HSET', KEYS[1], 'tat', string.format('%.0f', slot + interval))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', 120000 + math.max(0, slot - now) / 1000))
return math.max(0, math.floor(slot - now))
`;

/**
 * Cuts the rate, at most once in a while: a burst of throttled calls is one message, not many.
 * ARGV[1] as above; ARGV[2] what is left of the rate after a cut, in 0..1; ARGV[3] the least share of the ceiling;
 * ARGV[4] µs between two cuts. Returns the share in force, in thousandths.
 */
export const CUT_RATE = `${RATE}
if now - cutAt >= tonumber(ARGV[4]) or now < cutAt then
  factor = math.max(tonumber(ARGV[3]), factor * tonumber(ARGV[2]))
  redis.call('HSET', KEYS[1], 'factor', string.format('%.6f', factor), 'cutAt', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], 120000)
end
return math.floor(factor * 1000)
`;
