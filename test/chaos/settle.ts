/** Waits until a run has come to rest, and says what is left when it does not. */
import { Queue } from 'bullmq';
import { LANES } from '../../src/domain/onboarding.ts';
import type { Region } from '../../src/domain/region.ts';
import { queueName, queuePrefix, regionPrefix } from '../../src/queue/queue-keys.ts';
import type { Callers } from './callers.ts';
import { pause, REDIS_PREFIX } from './fleet.ts';
import { companyIn, REGIONS, type Wish } from './plan.ts';
import {
  createOpenWatch,
  openThings,
  type Look,
  type OpenOnboardings,
  type OpenReplay,
  type QueuePlace,
  type RegionLook,
  type WaitingDeliveries,
} from './still-open.ts';
import type { Surroundings } from './surroundings.ts';

/** What is left when everything works again: rounds whose waits have grown, and jobs whose locks have to run out. */
const SETTLE_WITHIN_MS = 240_000;

/** What AWS denies to one onboarding alone ends once others succeed beside it, so now and then there are others. */
const COMPANY_EVERY_MS = 3_000;

export interface Settled {
  /** Until everything had ended, in milliseconds; null: it never did. */
  readonly settledMs: number | null;
  /** What had not ended then. */
  readonly stillOpen: readonly string[];
  /** What was onboarded meanwhile. */
  readonly afterwards: readonly Wish[];
}

/** Until no onboarding and no replay is open, everybody has been told, no job is left and no Region is held, all without a hand. */
export async function settle(around: Surroundings, callers: Callers, seed: number): Promise<Settled> {
  const startedAt = Date.now();
  const afterwards: Wish[] = [];
  const watch = createOpenWatch();
  let companyAt = startedAt + COMPANY_EVERY_MS;
  while (Date.now() - startedAt < SETTLE_WITHIN_MS) {
    const open = openThings(await look(around, callers), REGIONS);
    if (open.length === 0) return { settledMs: Date.now() - startedAt, stillOpen: [], afterwards };
    watch.see(open, Date.now());
    if (Date.now() > companyAt) {
      const company = REGIONS.map((region) => companyIn(region, seed, afterwards.length));
      afterwards.push(...company);
      await Promise.all(company.map((wish) => onboardPlainly(wish, callers)));
      companyAt = Date.now() + COMPANY_EVERY_MS;
    }
    await pause(250);
  }
  return {
    settledMs: null,
    stillOpen: await watch.tell(async (place) => inTheQueue(around, place)),
    afterwards,
  };
}

async function onboardPlainly(
  { region, sourceName, lane, accounts: [account] }: Wish,
  callers: Callers,
): Promise<void> {
  const body = JSON.stringify({ account, region, sourceName, lane });
  await callers.untilAnswered('POST', '/v1/onboardings', { body });
}

async function look({ database }: Surroundings, callers: Callers): Promise<Look> {
  const [onboardings, deliveries, replays, stats] = await Promise.all([
    database.query<OpenOnboardings>(
      `select distinct on (region, status, lane) region, status, lane,
         (count(*) over (partition by region, status, lane))::integer as count,
         id, replays, source_name, attempts, error ->> 'code' as error_code, updated_at, next_attempt_at
       from onboarding.onboardings where status in ('accepted', 'queued', 'retrying')
       order by region, status, lane, id`,
    ),
    database.query<WaitingDeliveries>(
      `select distinct on (type) type, (count(*) over (partition by type))::integer as count,
         id, tries, error_code, next_attempt_at, leased_until
       from onboarding.deliveries where status = 'waiting' order by type, id`,
    ),
    database.query<OpenReplay>(
      `select id, status, matched, moved_through, queued, provisioned + failed + cancelled as ended,
         leased_by, leased_until
       from onboarding.replays where is_open order by id`,
    ),
    callers.untilAnswered('GET', '/v1/stats'),
  ]);
  const { regions } = stats.body as { readonly regions: readonly RegionLook[] };
  return { onboardings, deliveries, replays, regions };
}

const IDS_SHOWN = 3;

/** Where BullMQ has a job, or which jobs it has in a state. */
async function inTheQueue({ database, redis }: Surroundings, place: QueuePlace): Promise<string> {
  const [stamp] = await database.query<{ ledger_id: string }>('select ledger_id from onboarding.stamp');
  const prefix = queuePrefix(REDIS_PREFIX, stamp?.ledger_id ?? '');
  const at = regionPrefix(prefix, place.region as Region);
  const inQueue = async <T>(name: string, look: (queue: Queue) => Promise<T>): Promise<T> => {
    const queue = new Queue(name, { connection: { url: redis.url }, prefix: at });
    try {
      return await look(queue);
    } finally {
      await queue.close();
    }
  };
  if ('id' in place) return inQueue(place.queue, async (queue) => queue.getJobState(place.id));
  const jobs = await Promise.all(
    LANES.map(async (lane) =>
      inQueue(queueName(place.region as Region, lane), async (queue) =>
        queue.getJobs(
          place.counted === 'waiting' ? ['waiting', 'prioritized'] : [place.counted],
          0,
          IDS_SHOWN - 1,
        ),
      ),
    ),
  );
  return (
    jobs
      .flat()
      .map(({ id }) => id)
      .join(' ') || 'none any more'
  );
}
