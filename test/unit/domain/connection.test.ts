import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMassLoss } from '../../../src/domain/check.ts';
import {
  afterLook,
  followFromNow,
  isLost,
  isToBeMadeAgain,
  sightingOf,
  type Followed,
  type LookContext,
  type Sighting,
} from '../../../src/domain/connection.ts';
import type { AccountId } from '../../../src/domain/account.ts';
import type { Connection } from '../../../src/domain/onboarding.ts';
import type { Fault, SourceAccount } from '../../../src/domain/outcome.ts';
import { CHECKS } from '../../support/check-policy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.parse('2026-03-01T12:00:00.000Z');
const iso = (ms: number): string => new Date(ms).toISOString();

const ours = '000000000101' as AccountId;
const held = (state: SourceAccount['state'], expiresAt?: number): Sighting => ({
  kind: 'held',
  record: { account: ours, state, ...(expiresAt === undefined ? {} : { expiresAt: iso(expiresAt) }) },
});
const GONE: Sighting = { kind: 'gone' };
const fault = (kind: Fault['kind'], code: string): Sighting => ({
  kind: 'fault',
  fault: { kind, code, message: 'x' },
});

const at = (now: number, believesLosses = true): LookContext => ({
  now,
  provisionedAt: T0,
  policy: CHECKS,
  share: 0.5,
  believesLosses,
});

const created = followFromNow(
  { eventSourceArn: 'arn', arnOrigin: 'created', awsState: 'pending', expiresAt: null },
  'created',
  at(T0),
);

/** Looks in order; gives back what each of them told. */
function looks(
  before: Followed,
  ...seen: readonly (readonly [at: number, sighting: Sighting])[]
): { followed: Followed; told: readonly string[] } {
  let followed = before;
  const told: string[] = [];
  for (const [now, sighting] of seen) {
    const looked = afterLook(followed, sighting, at(now));
    followed = looked.followed;
    if (looked.news !== null)
      told.push(
        looked.news.hoursLeft === null ? looked.news.event : `${looked.news.event} ${looked.news.hoursLeft}`,
      );
  }
  return { followed, told };
}

describe('from the create on', () => {
  test('the customer is waited for, and the expiry is assumed until AWS names one', () => {
    expect(created).toMatchObject({
      connection: 'waiting',
      awsState: 'pending',
      expiresAt: iso(T0 + 7 * DAY),
      expiresAtOrigin: 'assumed',
      checkedAt: null,
      nextCheckAt: iso(T0 + MINUTE),
    });
    const { followed } = looks(created, [T0 + MINUTE, held('pending', T0 + 14 * DAY)]);
    expect(followed).toMatchObject({ expiresAt: iso(T0 + 14 * DAY), expiresAtOrigin: 'aws' });
  });

  test('an adopted one is as AWS lists it', () => {
    const source = {
      eventSourceArn: 'arn',
      arnOrigin: 'described',
      awsState: 'active',
      expiresAt: null,
    } as const;
    expect(followFromNow(source, 'adopted', at(T0))).toMatchObject({
      connection: 'connected',
      connectedAt: iso(T0),
      checkedAt: iso(T0),
      expiresAt: null,
      expiresAtOrigin: null,
    });
  });
});

describe('what a look finds', () => {
  test('accepted, given back, accepted again: each is told once, and the first time is kept', () => {
    const { followed, told } = looks(
      created,
      [T0 + HOUR, held('active')],
      [T0 + DAY, held('active')],
      [T0 + 2 * DAY, held('pending', T0 + 9 * DAY)],
      [T0 + 3 * DAY, held('active')],
    );
    expect(told).toEqual(['source.connected', 'source.disconnected', 'source.connected']);
    expect(followed).toMatchObject({ connection: 'connected', connectedAt: iso(T0 + HOUR), expiresAt: null });
  });

  test('vanished at its expiry while waiting: expired; before that, or once connected: removed', () => {
    const [before, after] = [T0 + 6 * DAY, T0 + 7 * DAY + MINUTE];
    const lostAt = (from: Followed, first: number) => looks(from, [first, GONE], [first + 5 * MINUTE, GONE]);
    expect(lostAt(created, after)).toMatchObject({
      told: ['source.expired'],
      followed: { connection: 'expired', awsState: 'expired' },
    });
    expect(lostAt(created, before)).toMatchObject({
      told: ['source.removed'],
      followed: { connection: 'removed', awsState: 'deleted' },
    });
    const { followed: connected } = looks(created, [T0 + HOUR, held('active')]);
    expect(lostAt(connected, after)).toMatchObject({ told: ['source.removed'] });
  });

  test('a loss is believed at a second look at least a minute later, and not when it is found in between', () => {
    const first = T0 + DAY;
    const once = looks(created, [first, GONE]);
    expect(once).toMatchObject({
      told: [],
      followed: { connection: 'waiting', lostSince: iso(first), nextCheckAt: iso(first + 5 * MINUTE) },
    });
    expect(looks(once.followed, [first + MINUTE - 1, GONE]).followed.connection).toBe('waiting');
    expect(looks(once.followed, [first + MINUTE, GONE]).followed.connection).toBe('removed');
    const found = looks(once.followed, [first + MINUTE, held('pending')], [first + 2 * MINUTE, GONE]);
    expect(found).toMatchObject({
      told: [],
      followed: { connection: 'waiting', lostSince: iso(first + 2 * MINUTE) },
    });
  });

  test('held by another account is a finding at once, and a loss at the second look', () => {
    const conflict: Sighting = { kind: 'conflict' };
    const first = looks(created, [T0 + DAY, conflict]).followed;
    expect(first).toMatchObject({ connection: 'waiting', checkError: { code: 'AccountConflict' } });
    expect(looks(first, [T0 + DAY + HOUR, conflict])).toMatchObject({
      told: ['source.removed'],
      followed: { connection: 'removed', checkError: { code: 'AccountConflict' } },
    });
  });

  test('while losses are not believed, a missing one stays as it was', () => {
    const { followed } = looks(created, [T0 + DAY, GONE]);
    const looked = afterLook(followed, GONE, at(T0 + DAY + HOUR, false));
    expect(looked).toMatchObject({ news: null, followed: { connection: 'waiting' } });
  });

  test('only what vanished before its time is sudden', () => {
    const sudden = (first: number) =>
      afterLook(looks(created, [first, GONE]).followed, GONE, at(first + HOUR)).isSudden;
    expect(sudden(T0 + 6 * DAY)).toBe(true);
    expect(sudden(T0 + 7 * DAY)).toBe(false);
  });

  test('a failed look keeps what is known, says so, and is repeated soon', () => {
    const now = T0 + 2 * DAY;
    const known = looks(created, [T0 + HOUR, held('pending', T0 + 7 * DAY)]).followed;
    const { followed, told } = looks(known, [now, fault('transient', 'Timeout')]);
    expect(told).toEqual([]);
    expect(followed).toEqual({
      ...known,
      checkError: { code: 'Timeout', at: iso(now) },
      nextCheckAt: iso(now + 5 * MINUTE),
    });
    const denied = looks(known, [now, fault('operatorFault', 'AccessDeniedException')]).followed;
    expect(denied.nextCheckAt).toBe(iso(now + HOUR));
    expect(looks(followed, [now + HOUR, held('pending')]).followed.checkError).toBeNull();
  });

  test('a state that this version does not know is neither connected nor lost', () => {
    const { followed, told } = looks(created, [T0 + HOUR, held('unknown')]);
    expect(told).toEqual([]);
    expect(followed).toMatchObject({ connection: 'unknown', awsState: 'unknown' });
  });
});

describe('warnings', () => {
  const expiry = T0 + 7 * DAY;
  const pending = held('pending', expiry);

  test('each once, at a look that confirms that the customer is waited for', () => {
    expect(
      looks(
        created,
        [expiry - 73 * HOUR, pending],
        [expiry - 72 * HOUR, pending],
        [expiry - 50 * HOUR, pending],
        [expiry - 24 * HOUR, fault('transient', 'Timeout')],
        [expiry - 23 * HOUR, pending],
        [expiry - HOUR, pending],
        [expiry + MINUTE, pending],
      ).told,
    ).toEqual(['source.expiring 72', 'source.expiring 23']);
  });

  test('after a hold only the nearest is sent, and after the expiry none', () => {
    expect(looks(created, [expiry - 2 * HOUR, pending], [expiry - HOUR, pending]).told).toEqual([
      'source.expiring 2',
    ]);
    expect(looks(created, [expiry, pending]).told).toEqual([]);
  });

  test('a later expiry warns again', () => {
    const later = held('pending', expiry + 7 * DAY);
    expect(
      looks(created, [expiry - 20 * HOUR, pending], [expiry - HOUR, later], [expiry + 6 * DAY, later]).told,
    ).toEqual(['source.expiring 20', 'source.expiring 24']);
  });

  test('one who disconnects within a warning’s time is told both, one after the other', () => {
    const { followed } = looks(created, [T0 + HOUR, held('active')]);
    const soon = held('pending', T0 + 2 * DAY);
    expect(looks(followed, [T0 + DAY + HOUR, soon], [T0 + DAY + HOUR + MINUTE, soon]).told).toEqual([
      'source.disconnected',
      'source.expiring 23',
    ]);
  });
});

const anySighting: fc.Arbitrary<Sighting> = fc.oneof(
  fc
    .constantFrom<SourceAccount['state']>('pending', 'active', 'unknown')
    .chain((state) =>
      fc
        .option(fc.integer({ min: -DAY, max: 20 * DAY }), { nil: undefined })
        .map((left) => held(state, left === undefined ? undefined : T0 + left)),
    ),
  fc.constant(GONE),
  fc.constant<Sighting>({ kind: 'conflict' }),
  fc.constantFrom(fault('transient', 'Timeout'), fault('operatorFault', 'AccessDeniedException')),
);
const anyLooks = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 * DAY }), anySighting), { maxLength: 40 });

/** All of them, one after the other, each with what was before it. */
function walk(steps: readonly (readonly [number, Sighting])[]) {
  let [now, before] = [T0, created];
  return steps.map(([wait, sighting]) => {
    now += wait;
    const looked = afterLook(before, sighting, at(now));
    const step = { before, sighting, now, ...looked };
    before = looked.followed;
    return step;
  });
}

describe('whatever looks find', () => {
  test('the next one is ahead, what is lost was missing twice, and every change of the connection to a customer’s loss or gain is told', () => {
    fc.assert(
      fc.property(anyLooks, (steps) => {
        for (const { before, sighting, now, followed, news } of walk(steps)) {
          expect(Date.parse(followed.nextCheckAt)).toBeGreaterThan(now);
          expect((followed.expiresAt === null) === (followed.expiresAtOrigin === null)).toBe(true);
          if (sighting.kind === 'fault') expect(followed.connection).toBe(before.connection);
          if (followed.connection === before.connection) {
            expect(news === null || news.event === 'source.expiring').toBe(true);
            continue;
          }
          if (isLost(followed.connection)) expect(before.lostSince).not.toBeNull();
          const silent = followed.connection === 'waiting' || followed.connection === 'unknown';
          const isBack = followed.connection === 'disconnected' && isLost(before.connection);
          if (!silent && !isBack) expect(news?.event).toBe(`source.${followed.connection}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the drawing has each change of the connection with what it tells, and no other', () => {
    const page = readFileSync(new URL('../../../docs/state-machine.md', import.meta.url), 'utf8');
    const [, drawing = ''] = /## `connection`[\s\S]*?```mermaid\n([\s\S]*?)```/.exec(page) ?? [];
    const drawn = [...drawing.matchAll(/^ +(\w+ --> \w+: .+)$/gm)].map(([, arrow]) => arrow);
    const seen = new Set<string>();
    const sightings = [held('pending'), held('pending', T0), held('active'), held('unknown'), GONE];
    // Every order of five looks, a day apart: the first loss may be before or after the expiry.
    const explore = (before: Followed, day: number): void => {
      if (day > 5) return;
      for (const sighting of sightings) {
        const { followed, news } = afterLook(before, sighting, at(T0 + day * DAY));
        // A warning is due by the time, whatever has changed.
        const event = news === null || news.event === 'source.expiring' ? 'no event' : news.event;
        if (before.connection !== followed.connection)
          seen.add(`${before.connection} --> ${followed.connection}: ${event}`);
        explore(followed, day + 1);
      }
    };
    explore(created, 1);
    expect([...seen].sort()).toEqual([...drawn].sort());
  });
});

test.each<[connection: Connection, expiresIn: number | null, again: boolean]>([
  ['waiting', HOUR, false],
  ['waiting', 0, true],
  ['connected', null, false],
  ['disconnected', -HOUR, true],
  ['expired', -HOUR, true],
  ['removed', HOUR, true],
  ['unknown', null, false],
])(
  'a request for a source that is %s and expires in %s ms makes it again: %s',
  (connection, expiresIn, again) => {
    const expiresAt = expiresIn === null ? null : iso(T0 + expiresIn);
    expect(isToBeMadeAgain({ status: 'provisioned', connection, expiresAt }, T0)).toBe(again);
  },
);

test.each([
  [19, 19, false],
  [20, 399, true],
  [20, 400, false],
  [21, 400, true],
])('%s lost of %s sources is a mass loss: %s', (lost, sources, expected) => {
  expect(isMassLoss({ lost, sources })).toBe(expected);
});

test('the accounts list is read for the account that should hold the source', () => {
  const other = '000000000102' as AccountId;
  const reply = (...value: SourceAccount[]) => ({ kind: 'found', value, durationMs: 1 }) as const;
  expect(sightingOf(ours, reply({ account: ours, state: 'active' }))).toMatchObject({ kind: 'held' });
  expect(sightingOf(ours, reply({ account: ours, state: 'deleted' }))).toEqual({ kind: 'gone' });
  expect(sightingOf(ours, reply())).toEqual({ kind: 'gone' });
  expect(sightingOf(ours, reply({ account: other, state: 'active' }))).toEqual({ kind: 'conflict' });
  expect(
    sightingOf(ours, reply({ account: other, state: 'active' }, { account: ours, state: 'pending' })),
  ).toMatchObject({ kind: 'held' });
  expect(sightingOf(ours, { kind: 'notFound', durationMs: 1 })).toEqual({ kind: 'gone' });
});
