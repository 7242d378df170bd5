/**
 * Decides which run of a job may call AWS: the first call needs a permit. So a job that waits for its slot can be withdrawn, two
 * runs of one job never call at the same time, and only one job calls while the circuit is half open. Permits expire like job
 * locks. One that expires too early does no harm: the ledger rejects what a second run would write.
 */
import type { Redis } from 'ioredis';
import type { CallPermit, JobRef } from '../../domain/job.ts';
import { jobId } from '../../domain/ids.ts';
import { regionKey } from '../queue-keys.ts';
import { bounded } from '../redis/bounded.ts';

export interface CallPermits {
  /**
   * `run` tells the runs of a job apart; a run that has a permit keeps it for so much longer. `asProbe`: only one job of
   * the Region may hold such a permit.
   */
  take(ref: JobRef, run: string, asProbe: boolean): Promise<CallPermit>;
  /** Gives back what the run holds, if anything. */
  giveBack(ref: JobRef, run: string): Promise<void>;
  /** False when a run of the job holds a permit; otherwise none gets one before this expires. */
  withdraw(ref: JobRef): Promise<boolean>;
  /** Ends a withdrawal: nothing of the job is left. */
  forget(ref: JobRef): Promise<void>;
  isHeld(ref: JobRef): Promise<boolean>;
}

/** No run has this name. */
const WITHDRAWN = 'withdrawn';

/** KEYS[1] the job's permit, KEYS[2] the Region's probe; ARGV[1] the run, ARGV[2] how long in ms, ARGV[3] '1' to probe. */
const TAKE = `
local function other(key)
  local holder = redis.call('GET', key)
  return holder ~= ARGV[1] and holder
end
local holder = other(KEYS[1])
if holder then return holder == '${WITHDRAWN}' and 'withdrawn' or 'elsewhere' end
if ARGV[3] == '1' then
  if other(KEYS[2]) then return 'probing' end
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'granted'
`;

/** Only what the run itself holds goes. KEYS as above; ARGV[1] the run. */
const GIVE_BACK = `
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 1
`;

type ScriptedRedis = Redis & {
  takePermit(
    permit: string,
    probe: string,
    ...args: [run: string, ms: number, asProbe: 0 | 1]
  ): Promise<CallPermit>;
  giveBackPermit(permit: string, probe: string, run: string): Promise<number>;
};

/** @param client shared with the producers; closed by its owner */
export function createCallPermits(
  client: Redis,
  { prefix, permitMs }: { prefix: string; permitMs: number },
): CallPermits {
  client.defineCommand('takePermit', { numberOfKeys: 2, lua: TAKE });
  client.defineCommand('giveBackPermit', { numberOfKeys: 2, lua: GIVE_BACK });
  const redis = client as ScriptedRedis;
  const keyOf = ({ onboardingId, replays, region }: JobRef): string =>
    regionKey(prefix, region, `permit:${jobId(onboardingId, replays)}`);
  const giveBack = async (ref: JobRef, run: string): Promise<void> => {
    await bounded('return a permit', async () =>
      redis.giveBackPermit(keyOf(ref), regionKey(prefix, ref.region, 'probe'), run),
    );
  };
  return {
    take: async (ref, run, asProbe) =>
      bounded('permit a call', async () =>
        redis.takePermit(keyOf(ref), regionKey(prefix, ref.region, 'probe'), run, permitMs, asProbe ? 1 : 0),
      ),
    giveBack,
    async withdraw(ref) {
      const set = await bounded('withdraw a job', async () => {
        await client.set(keyOf(ref), WITHDRAWN, 'PX', permitMs, 'NX');
        return client.get(keyOf(ref));
      });
      return set === WITHDRAWN;
    },
    forget: async (ref) => giveBack(ref, WITHDRAWN),
    async isHeld(ref) {
      const holder = await bounded('find a permit', async () => client.get(keyOf(ref)));
      return holder !== null && holder !== WITHDRAWN;
    },
  };
}
