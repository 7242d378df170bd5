/**
 * What keeps a run from being settled: one entry for each thing that is open, and since when it has been open without
 * a break. The same look decides whether a run is settled, so a run that never settles can say what it waited for.
 */
import { queueName } from '../../src/queue/queue-keys.ts';
import type { Lane } from '../../src/domain/onboarding.ts';
import type { Region } from '../../src/domain/region.ts';

export interface Look {
  readonly onboardings: readonly OpenOnboardings[];
  readonly deliveries: readonly WaitingDeliveries[];
  readonly replays: readonly OpenReplay[];
  readonly regions: readonly RegionLook[];
}

/** The open onboardings of one Region, status and lane; the fields after `count` are those of the oldest. */
export interface OpenOnboardings {
  readonly region: Region;
  readonly status: string;
  readonly lane: Lane;
  readonly count: number;
  readonly id: string;
  readonly replays: number;
  readonly source_name: string;
  readonly attempts: number;
  readonly error_code: string | null;
  readonly updated_at: Date;
  readonly next_attempt_at: Date | null;
}

/** The waiting webhook deliveries of one type; the fields after `count` are those of the oldest. */
export interface WaitingDeliveries {
  readonly type: string;
  readonly count: number;
  readonly id: string;
  readonly tries: number;
  readonly error_code: string | null;
  readonly next_attempt_at: Date;
  readonly leased_until: Date | null;
}

export interface OpenReplay {
  readonly id: string;
  readonly status: string;
  readonly matched: number;
  readonly moved_through: number;
  readonly queued: number;
  readonly ended: number;
  readonly leased_by: string | null;
  readonly leased_until: Date | null;
}

/** A Region as `GET /v1/stats` shows it; the counts are null while Redis does not answer. */
export interface RegionLook {
  readonly region: Region;
  readonly waiting: number | null;
  readonly active: number | null;
  readonly delayed: number | null;
  readonly paused: boolean;
  readonly draining: object | null;
  readonly circuit: {
    readonly state: string;
    readonly reason: string | null;
    readonly nextProbeAt: string | null;
  } | null;
  readonly quota: { readonly presentPerSecond: number | null };
}

export interface OpenThing {
  /** Tells it from others, the same from look to look. */
  readonly key: string;
  readonly what: string;
  /** Where to look in the queue. */
  readonly at?: QueuePlace;
}

/** One job, or all jobs of a Region that `GET /v1/stats` counts together. */
export type QueuePlace =
  | { readonly region: string; readonly queue: string; readonly id: string }
  | { readonly region: string; readonly counted: 'waiting' | 'active' | 'delayed' };

/** Empty: the run is settled. @param regions all that the service serves; one that is missing is open */
export function openThings(look: Look, regions: readonly string[]): readonly OpenThing[] {
  return [
    ...look.onboardings.map(openOnboardings),
    ...look.deliveries.map(waitingDeliveries),
    ...look.replays.map(openReplay),
    ...regions.flatMap((region) => {
      const seen = look.regions.find((each) => each.region === region);
      return seen === undefined ? [{ key: region, what: `${region} is not in /v1/stats` }] : openRegion(seen);
    }),
  ];
}

function openOnboardings(group: OpenOnboardings): OpenThing {
  const {
    region,
    status,
    lane,
    count,
    id,
    replays,
    source_name: source,
    attempts,
    error_code: error,
  } = group;
  const facts = [
    `oldest ${id} (${source})`,
    ...(error === null ? [] : [error]),
    `${attempts} attempts`,
    `touched ${instant(group.updated_at)}`,
    ...(group.next_attempt_at === null ? [] : [`next attempt ${instant(group.next_attempt_at)}`]),
  ];
  return {
    key: `${region} ${status} ${lane}`,
    what: `${count} ${status} in ${region}, lane ${lane}: ${facts.join(', ')}`,
    at: { region, queue: queueName(region, lane), id: `${id}-r${replays}` },
  };
}

function waitingDeliveries(group: WaitingDeliveries): OpenThing {
  const { type, count, id, tries, error_code: error } = group;
  const facts = [
    `oldest ${id}`,
    ...(error === null ? [] : [error]),
    `${tries} tries`,
    `next attempt ${instant(group.next_attempt_at)}`,
    ...(group.leased_until === null ? [] : [`leased until ${instant(group.leased_until)}`]),
  ];
  return {
    key: `delivery ${type}`,
    what: `${count} webhook deliveries ${type}: ${facts.join(', ')}`,
  };
}

function openReplay(replay: OpenReplay): OpenThing {
  const { id, status, matched, moved_through: moved, queued, ended, leased_by: holder } = replay;
  const lease =
    holder === null ? 'no lease' : `leased by ${holder} until ${instant(replay.leased_until ?? new Date(0))}`;
  return {
    key: id,
    what: `replay ${id} is ${status}: ${moved} of ${matched} had their turn, ${ended} of ${queued} queued ones ended, ${lease}`,
  };
}

function openRegion(seen: RegionLook): readonly OpenThing[] {
  const { region, circuit, paused, draining, quota } = seen;
  const rate = `${quota.presentPerSecond ?? 'an unknown number of'} calls a second`;
  const jobs = (['waiting', 'active', 'delayed'] as const)
    .filter((counted) => seen[counted] !== 0)
    .map((counted) => ({
      key: `${region} ${counted}`,
      what: `${region}: ${seen[counted] ?? 'an unknown number of'} jobs ${counted}, at ${rate}`,
      at: { region, counted },
    }));
  const held = [
    ...(paused ? ['paused'] : []),
    ...(draining === null ? [] : ['draining']),
    ...(circuit?.state === 'closed' ? [] : [circuitWords(circuit)]),
  ];
  const hold = { key: `${region} held`, what: `${region}: ${held.join('; ')}` };
  return held.length === 0 ? jobs : [...jobs, hold];
}

function circuitWords(circuit: RegionLook['circuit']): string {
  if (circuit === null) return 'circuit unknown';
  return `circuit ${circuit.state}, ${circuit.reason ?? 'no reason'}, next probe ${circuit.nextProbeAt ?? 'under way'}`;
}

const instant = (date: Date): string => date.toISOString().slice(11, 23);

/** Remembers since when each thing has been open without a break. */
export interface OpenWatch {
  see(things: readonly OpenThing[], now: number): void;
  /** What was open at the last look, longest open first. @param lookAt what the queue has at a place */
  tell(lookAt: (place: QueuePlace) => Promise<string>): Promise<readonly string[]>;
}

export function createOpenWatch(): OpenWatch {
  let since = new Map<string, number>();
  let last: readonly OpenThing[] = [];
  let lookedAt = 0;
  return {
    see(things, now) {
      since = new Map(things.map(({ key }) => [key, since.get(key) ?? now]));
      last = things;
      lookedAt = now;
    },
    async tell(lookAt) {
      const openMs = ({ key }: OpenThing): number => lookedAt - (since.get(key) ?? lookedAt);
      const things = last.toSorted((a, b) => openMs(b) - openMs(a));
      return Promise.all(
        things.map(async (thing) => {
          const queued = thing.at === undefined ? '' : `, in the queue: ${await lookAt(thing.at)}`;
          return `${thing.what}${queued}; open for ${(openMs(thing) / 1_000).toFixed(1)} s`;
        }),
      );
    },
  };
}
