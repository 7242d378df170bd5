import { adviceFor, type Advice } from '../../../domain/advice.ts';
import type { AdvisedFailures } from '../../../operations/failures.ts';
import { deliveryTroubles } from '../../../domain/delivery-policy.ts';
import { count, counted, duration, exactTime, sum } from '../../format.ts';
import type { Known } from '../../last-known.ts';
import type { RegionSnapshot, Snapshot } from './snapshot.ts';

/** Something that needs attention, and where. */
export interface Concern {
  /** `bad`: customers do not get what they ordered, or will not. `warn`: intended, or worth knowing. */
  readonly tone: 'bad' | 'warn';
  readonly title: string;
  readonly detail: string;
  readonly action?: { readonly href: string; readonly text: string };
  /** A page of docs/runbooks. */
  readonly runbook?: Advice['runbook'];
}

/** Work that is due waits no longer than this where workers run and the quota is not the limit. */
const LONG_WAIT_MS = 60_000;

/** What is wrong now, worst first; empty when nothing is. */
export function concernsOf({ value, isOld, readAt }: Known<Snapshot>, now: number): readonly Concern[] {
  const concerns = [
    ...(isOld ? [ledgerDown(readAt)] : []),
    ...redisDown(value.regions),
    ...value.regions.flatMap((region) => regionConcerns(region, now)),
    ...failing(value.failures),
    ...lateDeliveries(value.deliveries),
    ...value.regions.flatMap(waitsLong),
  ];
  return concerns.sort((one, other) => Number(other.tone === 'bad') - Number(one.tone === 'bad'));
}

const ledgerDown = (readAt: string): Concern => ({
  tone: 'bad',
  title: 'The ledger cannot be read',
  detail: `All figures are the last known ones, read ${exactTime(readAt)}.`,
  runbook: 'docs/runbooks/ledger-down.md',
});

function redisDown(regions: readonly RegionSnapshot[]): readonly Concern[] {
  const [missing] = regions.filter(({ isKnown }) => !isKnown);
  if (missing === undefined) return [];
  const { redisAt } = missing;
  const since =
    redisAt === null
      ? 'The state of circuits and queues is unknown.'
      : `Circuits and queues are shown as of ${exactTime(redisAt)}.`;
  return [
    {
      tone: 'bad',
      title: 'Redis is not responding',
      detail: `Provisioning waits, and nothing is lost. ${since}`,
      runbook: 'docs/runbooks/redis-down.md',
    },
  ];
}

function regionConcerns(
  { region, circuit, pause, drain, checksHeld, queue }: RegionSnapshot,
  now: number,
): readonly Concern[] {
  const action = { href: '/regions', text: 'View Regions' };
  const held = queue === null ? '' : ` ${count(queue.waiting + queue.delayed)} wait.`;
  const found: Concern[] = [];
  if (circuit !== null && circuit.state !== 'closed') {
    const { code, since, nextProbeAt, failedProbes } = circuit;
    const advice = adviceFor(code ?? '');
    found.push({
      tone: 'bad',
      title: `${region}: circuit open${since === null ? '' : ` for ${duration(now - since)}`}, ${code ?? 'unknown'}`,
      detail: `${advice.title}. ${nextProbe(nextProbeAt, now)}${failedProbes === 0 ? '' : `, ${counted(failedProbes, 'probe has', 'probes have')} failed`}.${held}`,
      action,
      runbook: advice.runbook,
    });
  }
  if (circuit?.off != null) {
    const advice = adviceFor(circuit.off.code, 'regionOff');
    found.push({
      tone: 'bad',
      title: `${region}: switched off by AWS for ${duration(now - circuit.off.since)}`,
      detail: `${advice.title}: onboardings there fail.`,
      action,
      runbook: advice.runbook,
    });
  }
  if (checksHeld !== null) {
    found.push({
      tone: 'bad',
      title: `${region}: ${counted(checksHeld.lost, 'source is', 'sources are')} missing at AWS at once`,
      detail:
        'Looks at sources are stopped, and no customer was told. Check the role and the account, then confirm or dismiss.',
      action,
      runbook: 'docs/runbooks/sources-missing.md',
    });
  }
  if (pause !== null) {
    found.push({
      tone: 'warn',
      title: `${region}: paused by ${pause.actor ?? 'an operator'} for ${duration(now - Date.parse(pause.beganAt))}`,
      detail: `“${pause.reason}”.${held}`,
      action,
    });
  }
  if (drain !== null) {
    found.push({
      tone: 'warn',
      title: `${region}: draining, by ${drain.actor ?? 'an operator'}`,
      detail: `“${drain.reason}”. ${drain.remaining === null ? '' : `${count(drain.remaining)} left in its queue; new onboardings wait.`}`,
      action,
    });
  }
  return found;
}

function nextProbe(at: number | null, now: number): string {
  if (at === null) return 'A probe is running';
  return at <= now ? 'The next probe is due' : `Next probe in ${duration(at - now)}`;
}

const WHAT_HELPS = {
  sensible: (n: string) => `${n} ready to replay`,
  afterFix: (n: string) => `${n} need a fix first`,
  pointless: (n: string) => `${n} will fail again`,
} as const;

function failing(groups: readonly AdvisedFailures[]): readonly Concern[] {
  const total = sum(groups.map((group) => group.count));
  if (total === 0) return [];
  const lastHour = sum(groups.map(({ hours }) => hours.at(-1) ?? 0));
  const parts = (['sensible', 'afterFix', 'pointless'] as const).flatMap((replay) => {
    const size = sum(groups.filter(({ advice }) => advice.replay === replay).map((group) => group.count));
    return size === 0 ? [] : [WHAT_HELPS[replay](count(size))];
  });
  return [
    {
      tone: lastHour > 0 ? 'bad' : 'warn',
      title: `${counted(total, 'failure')} from ${counted(groups.length, 'cause')}`,
      detail: `${parts.join(' · ')}. ${lastHour === 0 ? 'None in the last hour.' : `${count(lastHour)} in the last hour.`}`,
      action: { href: '/failures', text: 'View failures' },
    },
  ];
}

function lateDeliveries(backlog: Snapshot['deliveries']): readonly Concern[] {
  const troubles = deliveryTroubles(backlog);
  if (troubles.length === 0) return [];
  return [
    {
      tone: 'bad',
      title: `Webhooks are late: ${counted(backlog.waiting, 'delivery waits', 'deliveries wait')}`,
      detail: `${troubles.join(' · ')}. Nothing is lost: deliveries are retried for three days.`,
      action: { href: '/deliveries', text: 'View deliveries' },
      runbook: 'docs/runbooks/deliveries.md',
    },
  ];
}

function waitsLong({ region, queue, circuit, pause, isKnown }: RegionSnapshot): readonly Concern[] {
  const waited = queue?.oldestWaitingMs ?? 0;
  const isHeld = pause !== null || circuit?.state !== 'closed';
  if (!isKnown || isHeld || waited < LONG_WAIT_MS) return [];
  return [
    {
      tone: 'warn',
      title: `${region}: the next job has waited ${duration(waited)}`,
      detail: 'Either the quota is used up, or too few workers are running.',
      action: { href: `/onboardings?status=queued&region=${region}`, text: 'View onboardings' },
      runbook: 'docs/runbooks/waiting-long.md',
    },
  ];
}
