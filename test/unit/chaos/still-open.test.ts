import { describe, expect, test } from 'vitest';
import {
  createOpenWatch,
  openThings,
  type Look,
  type OpenThing,
  type RegionLook,
} from '../../chaos/still-open.ts';
import type { Region } from '../../../src/domain/region.ts';

const US = 'us-east-1' as Region;
const at = (seconds: number): Date => new Date(Date.parse('2026-03-04T05:06:00.000Z') + seconds * 1_000);

const idle: RegionLook = {
  region: US,
  waiting: 0,
  active: 0,
  delayed: 0,
  paused: false,
  draining: null,
  circuit: { state: 'closed', reason: null, nextProbeAt: null },
  quota: { presentPerSecond: 2.5 },
};
const settled: Look = { onboardings: [], deliveries: [], replays: [], regions: [idle] };
const wordsOf = (look: Partial<Look>): string[] =>
  openThings({ ...settled, ...look }, [US]).map(({ what }) => what);
const region = (state: Partial<RegionLook>): Partial<Look> => ({ regions: [{ ...idle, ...state }] });

test('nothing is open in a run that has come to rest', () => {
  expect(openThings(settled, [US])).toEqual([]);
});

const onboarding = {
  region: US,
  status: 'retrying',
  lane: 'bulk' as const,
  count: 3,
  id: 'onb_1',
  replays: 1,
  source_name: 'aws.partner/acme.example/n1/denied',
  attempts: 7,
  error_code: 'AccessDeniedException',
  updated_at: at(1),
  next_attempt_at: at(31),
};
const delivery = {
  type: 'onboarding.failed',
  count: 1,
  id: 'evt_1',
  tries: 7,
  error_code: 'Http500',
  next_attempt_at: at(200),
  leased_until: at(205),
};
const replay = {
  id: 'rpl_1',
  status: 'running',
  matched: 40,
  moved_through: 20,
  queued: 19,
  ended: 18,
  leased_by: 'api-1',
  leased_until: at(5),
};

describe('what keeps a run from being settled is named:', () => {
  test.each<[string, Partial<Look>, string]>([
    [
      'onboardings, by Region, status and lane, with the oldest of them',
      { onboardings: [onboarding] },
      '3 retrying in us-east-1, lane bulk: oldest onb_1 (aws.partner/acme.example/n1/denied), AccessDeniedException, 7 attempts, touched 05:06:01.000, next attempt 05:06:31.000',
    ],
    [
      'a webhook delivery that waits for its next try, and its lease',
      { deliveries: [delivery] },
      '1 webhook deliveries onboarding.failed: oldest evt_1, Http500, 7 tries, next attempt 05:09:20.000, leased until 05:09:25.000',
    ],
    [
      'a replay of many, and whose lease it is',
      { replays: [replay] },
      'replay rpl_1 is running: 20 of 40 had their turn, 18 of 19 queued ones ended, leased by api-1 until 05:06:05.000',
    ],
    [
      'jobs that are left, and the rate at which they may run',
      region({ delayed: 2 }),
      'us-east-1: 2 jobs delayed, at 2.5 calls a second',
    ],
    [
      'jobs that cannot be counted',
      region({ active: null }),
      'us-east-1: an unknown number of jobs active, at 2.5 calls a second',
    ],
    [
      'a Region that is held',
      region({ paused: true, draining: {}, circuit: { ...idle.circuit!, state: 'open', reason: 'Timeout' } }),
      'us-east-1: paused; draining; circuit open, Timeout, next probe under way',
    ],
    ['a circuit that cannot be read', region({ circuit: null }), 'us-east-1: circuit unknown'],
    ['a Region that the service does not show', { regions: [] }, 'us-east-1 is not in /v1/stats'],
  ])('%s', (_, look, words) => {
    expect(wordsOf(look)).toEqual([words]);
  });
});

test('tells what is open the longest first, with what the queue has of it', async () => {
  const watch = createOpenWatch();
  const things = (look: Partial<Look>): readonly OpenThing[] => openThings({ ...settled, ...look }, [US]);
  watch.see(things({ deliveries: [delivery] }), 1_000);
  // Gone in between: it is open again.
  watch.see(things({ onboardings: [onboarding] }), 2_000);
  watch.see(things({ onboardings: [{ ...onboarding, count: 2 }], deliveries: [delivery] }), 3_000);
  watch.see(things({ onboardings: [onboarding], deliveries: [delivery], ...region({ delayed: 3 }) }), 4_500);
  const told = await watch.tell((place) => Promise.resolve(JSON.stringify(place)));
  expect(told).toEqual([
    expect.stringMatching(
      /^3 retrying .*, in the queue: \{"region":"us-east-1","queue":"onboarding-us-east-1-bulk","id":"onb_1-r1"\}; open for 2\.5 s$/,
    ),
    expect.stringMatching(/^1 webhook deliveries .*; open for 1\.5 s$/),
    'us-east-1: 3 jobs delayed, at 2.5 calls a second, in the queue: {"region":"us-east-1","counted":"delayed"}; open for 0.0 s',
  ]);
});
