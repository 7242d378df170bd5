/** How much of AWS's quota several worker processes use together, and how many of their calls are throttled. */
import { setTimeout as delay } from 'node:timers/promises';
import { countAwsCalls, sharesOf } from './support/aws-calls.ts';
import type { Bench, BenchContext } from './support/bench.ts';
import { startFleet } from './support/fleet.ts';
import { fillOurs } from './support/ours.ts';
import { digits, type Report } from './support/report.ts';

const CONFIGURED = 50;
const BURST = 50;
const WORKERS = 3;
const WAITING = 5_000;
const AWS_MS = 20;

interface Case {
  readonly name: string;
  /** Calls a second that AWS really lets through. */
  readonly real: number;
  /** From the first moment with all workers to the one from which on is counted. */
  readonly settleSeconds: number;
}

const AS_CONFIGURED: Case = { name: `really ${CONFIGURED}/s`, real: CONFIGURED, settleSeconds: 5 };
/** The full bucket lets everything through at first, so what is measured early says nothing. */
const LOWER: Case = { name: 'really 20/s', real: 20, settleSeconds: 30 };

export const quota: Bench = async (context) => {
  const seconds = Math.max(15, Math.round(60 * context.scale));
  context.say(`quota: configured ${CONFIGURED}/s, burst ${BURST}, ${WORKERS} worker processes`);
  const asConfigured = await measure(AS_CONFIGURED, seconds, context);
  const lower = await measure(LOWER, seconds, context);
  const percent = (share: number): string => `${digits(share * 100)} %`;
  const rows = [
    [AS_CONFIGURED.name, percent(asConfigured.used), percent(asConfigured.throttled)],
    [LOWER.name, percent(lower.used), percent(lower.throttled)],
  ];
  return [
    {
      name: 'quota',
      title: `A quota configured as ${CONFIGURED}/s, burst ${BURST}, ${WORKERS} worker processes`,
      how: `${WAITING.toLocaleString('en')} onboardings that wait, AWS answers after ${AWS_MS} ms; counted over ${seconds} seconds, from ${AS_CONFIGURED.settleSeconds} (as configured) or ${LOWER.settleSeconds} seconds (lower) after the last process was ready.`,
      columns: ['AWS’s quota', 'used', 'calls throttled'],
      rows,
      goals: goalsOf({ asConfigured, lower }),
    },
  ];
};

interface Shares {
  readonly used: number;
  readonly throttled: number;
}

function goalsOf({ asConfigured, lower }: { asConfigured: Shares; lower: Shares }): Report['goals'] {
  const unit = '%';
  return [
    { what: 'used of the quota', value: asConfigured.used * 100, unit, atLeast: 98 },
    { what: 'throttled', value: asConfigured.throttled * 100, unit, atMost: 0.5 },
    { what: 'used of the lower quota', value: lower.used * 100, unit, atLeast: 95 },
    { what: 'throttled by the lower quota', value: lower.throttled * 100, unit, atMost: 5 },
  ];
}

async function measure(
  { name, real, settleSeconds }: Case,
  seconds: number,
  { ground, say }: BenchContext,
): Promise<Shares> {
  const place = await ground.freshPlace({ latencyMs: AWS_MS, quota: { perSecond: real, burst: BURST } });
  try {
    await fillOurs(place, WAITING);
    const fleet = await startFleet(place, { workers: WORKERS, quotaPerSecond: CONFIGURED });
    try {
      await delay(settleSeconds * 1_000);
      const from = await countAwsCalls(place.awsUrl);
      await delay(seconds * 1_000);
      const shares = sharesOf(from, await countAwsCalls(place.awsUrl), real);
      say(
        `  ${name}: ${digits(shares.used * 100)} % used, ${digits(shares.throttled * 100)} % of calls throttled`,
      );
      return shares;
    } finally {
      await fleet.stop();
    }
  } finally {
    await place.leave();
  }
}
