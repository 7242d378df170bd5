/** This project's side of a benchmark: onboardings that wait in ledger and queue, as intake leaves them. */
import { randomBytes } from 'node:crypto';
import type { NewOnboarding } from '../../src/domain/acceptance.ts';
import type { AccountId } from '../../src/domain/account.ts';
import { onboardingId } from '../../src/domain/ids.ts';
import type { Lane } from '../../src/domain/onboarding.ts';
import type { Region } from '../../src/domain/region.ts';
import type { SourceName } from '../../src/domain/source-name.ts';
import { createIntake, type Intake } from '../../src/intake/accept.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import type { Log, Metrics } from '../../src/ports.ts';
import { createJobQueue, type BullJobQueue } from '../../src/queue/job-queue.ts';
import { queueName, queuePrefix, regionPrefix } from '../../src/queue/queue-keys.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { sourceOf } from '../peers/customers.ts';
import { query, settleDatabase, type Place } from './place.ts';

export const REGION = 'us-east-1' as Region;
const REDIS_PREFIX = 'onboard';
const ADDED_AT_ONCE = 1_000;

export interface Ours {
  readonly ledger: OpenLedger;
  readonly queue: BullJobQueue;
  readonly intake: Intake;
  /** Of the Region's queue, as BullMQ has them. */
  readonly prefix: string;
  close(): Promise<void>;
}

const silent = (): void => undefined;
const quiet: Log = { debug: silent, info: silent, warn: silent, error: silent };
const uncounted = { requested: silent } satisfies Pick<Metrics, 'requested'>;

/** Ledger, queue and intake in this very process, in the places where the service finds them. */
export async function openOurs(place: Place): Promise<Ours> {
  const ledger = await openLedger(
    { kind: 'postgres', url: place.databaseUrl },
    { awsMode: 'live', partner: 'acme.example', regions: [REGION], clock: systemClock, log: quiet },
  );
  const prefix = queuePrefix(REDIS_PREFIX, ledger.id);
  const queue = await createJobQueue({
    connection: { url: place.redisUrl },
    prefix,
    regions: [REGION],
    concurrency: 1,
    log: quiet,
  });
  await queue.writeEpoch(ledger.epoch);
  const around = { ledger, queue, clock: systemClock, log: quiet };
  return {
    ledger,
    queue,
    prefix,
    intake: createIntake({ ...around, randomBytes, metrics: uncounted }),
    async close() {
      await queue.close();
      await ledger.close();
    },
  };
}

/** The n-th customer's onboarding. */
export function onboardingOf(n: number, lane: Lane = 'bulk'): NewOnboarding {
  const { Name, Account } = sourceOf(n);
  const now = Date.now();
  return {
    id: onboardingId(now, randomBytes(16)),
    account: Account as AccountId,
    region: REGION,
    sourceName: Name as SourceName,
    customerId: `c-${n}`,
    lane,
    status: 'queued',
    metadata: { plan: 'gold' },
    callbackUrl: null,
    createdAt: new Date(now).toISOString(),
  };
}

/** Takes in this many, and leaves ledger and database as they are once no more are added. */
export async function fillOurs(place: Place, count: number): Promise<{ keys: string }> {
  const ours = await openOurs(place);
  try {
    for (let first = 1; first <= count; first += ADDED_AT_ONCE) {
      const size = Math.min(ADDED_AT_ONCE, count + 1 - first);
      await ours.intake.acceptMany(
        Array.from({ length: size }, (_, index) => onboardingOf(first + index)),
        'import',
      );
    }
    return { keys: `${regionPrefix(ours.prefix, REGION)}:${queueName(REGION, 'bulk')}` };
  } finally {
    await ours.close();
    await givePositions(place.databaseUrl);
    await settleDatabase(place.databaseUrl);
  }
}

/** To all that was left without one: the load's own changes are not part of what is measured. */
async function givePositions(databaseUrl: string): Promise<void> {
  const { rows } = await query<{ given: number }>(
    databaseUrl,
    'select onboarding.give_positions(10000) as given',
  );
  if ((rows[0]?.given ?? 0) > 0) await givePositions(databaseUrl);
}

/** How many are provisioned, by the ledger alone. */
export async function countProvisioned(databaseUrl: string): Promise<number> {
  const { rows } = await query<{ count: string }>(
    databaseUrl,
    "select count(*) from onboarding.onboardings where status = 'provisioned'",
  );
  return Number(rows[0]?.count);
}
