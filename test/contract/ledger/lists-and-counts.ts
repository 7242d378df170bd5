import { expect, test } from 'vitest';
import type { OnboardingFilter, OpenOnboarding, OpenQuery } from '../../../src/domain/listing.ts';
import { STATUSES, type Lane, type Onboarding } from '../../../src/domain/onboarding.ts';
import type { Region } from '../../../src/domain/region.ts';
import { InvalidCursorError } from '../../../src/domain/unavailable.ts';
import {
  AT,
  later,
  newOnboarding,
  onboardingIn,
  ownRegion,
  provisioningError,
  RESULTS,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

export function listsAndCounts(tested: () => LedgerUnderTest): void {
  const idsOf = async (filter: OnboardingFilter): Promise<readonly string[]> =>
    (await tested().ledger.list(filter, { limit: 100 })).items.map(({ id }) => id);

  test('several are read at once, and unknown ids are left out', async () => {
    const { ledger } = tested();
    const some = [newOnboarding(), newOnboarding()];
    await ledger.accept(some);
    const found = await ledger.getMany([some[1]!.id, newOnboarding().id, some[0]!.id]);
    expect(found.map(({ id }) => id).toSorted()).toEqual(some.map(({ id }) => id).toSorted());
    expect(await ledger.getMany([])).toEqual([]);
    expect(await ledger.get(newOnboarding().id)).toBeUndefined();
    expect(await ledger.attempts(newOnboarding().id)).toEqual([]);
  });

  test('pages run newest first through every row once, also while rows come in', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const rows = Array.from({ length: 25 }, () => newOnboarding({ region }));
    await ledger.accept(rows);
    const seen: Onboarding[] = [];
    let cursor: string | null = null;
    const sizes: number[] = [];
    do {
      const page: Awaited<ReturnType<typeof ledger.list>> = await ledger.list(
        { region },
        { limit: 10, ...(cursor === null ? {} : { cursor }) },
      );
      seen.push(...page.items);
      sizes.push(page.items.length);
      cursor = page.nextCursor;
      await ledger.accept([newOnboarding({ region }), newOnboarding({ region })]);
    } while (cursor !== null);
    expect(seen.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).reverse());
    expect(sizes).toEqual([10, 10, 5]);
  });

  test('a page that ends with the last row has no next one', async () => {
    const region = ownRegion();
    await tested().ledger.accept([newOnboarding({ region }), newOnboarding({ region })]);
    expect((await tested().ledger.list({ region }, { limit: 2 })).nextCursor).toBeNull();
    expect((await tested().ledger.list({ region }, { limit: 1 })).nextCursor).not.toBeNull();
  });

  test.each(['', 'x', '!!', 'b25i', `${Buffer.from(newOnboarding().id).toString('base64url')}=`, "' or 1=1"])(
    'a cursor that is not ours is refused: %j',
    async (cursor) => {
      await expect(tested().ledger.list({}, { limit: 1, cursor })).rejects.toThrow(InvalidCursorError);
    },
  );

  test('each filter keeps what matches, and together they all must', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const mine = newOnboarding({
      region,
      account: '000000000303',
      customerId: 'c-1',
      createdAt: later(1),
    });
    const other = newOnboarding({ region, account: '000000000404', customerId: 'c-2', createdAt: later(2) });
    await ledger.accept([mine, other]);
    const error = provisioningError({ code: 'OnlyMine' });
    const result = { ...RESULTS.failed, error };
    await ledger.saveRound(roundWrite({ ...mine, replays: 0 }, 'failed', { result }));
    const matching: OnboardingFilter[] = [
      { status: 'failed' },
      { account: '000000000303' },
      { customerId: 'c-1' },
      { errorCode: 'OnlyMine' },
      { errorCode: ['OnlyMine', 'Nobodys'] },
      { to: later(1) },
      { from: AT, to: later(1) },
      { status: 'failed', account: '000000000303', customerId: 'c-1', errorCode: 'OnlyMine', to: later(1) },
    ];
    for (const filter of matching) expect(await idsOf({ region, ...filter })).toEqual([mine.id]);
    expect(await idsOf({ region, from: later(2) })).toEqual([other.id]);
    expect(await idsOf({ region, from: later(1), to: later(2) })).toEqual([other.id, mine.id]);
    expect(await idsOf({ region, status: 'failed', customerId: 'c-2' })).toEqual([]);
    expect(await idsOf({ region, errorCode: 'a\u0000b', q: 'a\u0000b' })).toEqual([]);
  });

  test('free text is found in name, customer, account and metadata values, in any case', async () => {
    const region = ownRegion();
    const row = newOnboarding({
      region,
      sourceName: 'aws.partner/acme.example/Search/Orders-1',
      account: '000000000505',
      customerId: 'Kunde Ärger',
      metadata: { secretKey: 'Gold_Plan 100% \\ok', other: 'second' },
    });
    await tested().ledger.accept([row, newOnboarding({ region })]);
    for (const q of ['search/ORDERS', 'kunde är', '0505', 'GOLD', 'd_p', '100%', '\\OK', 'SECOND', 'l']) {
      const found = await idsOf({ region, q });
      expect(found, q).toContain(row.id);
    }
    for (const q of ['secretKey', 'd%p', 'gold-plan', '1000%', '__', 'search_orders', 'ordersX']) {
      expect(await idsOf({ region, q }), q).toEqual([]);
    }
  });

  type Batches = (query: OpenQuery) => Promise<readonly OpenOnboarding[]>;
  const accepted: Batches = async (query) => tested().ledger.acceptedBatch(query);
  const inQueue: Batches = async (query) => tested().ledger.openBatch(query);

  /** All of the Region, four rows of all Regions at a time. */
  async function walked(region: Region, batches: Batches): Promise<readonly OpenOnboarding[]> {
    const seen: OpenOnboarding[] = [];
    for (;;) {
      const after = seen.at(-1);
      const batch = await batches({
        untouchedSince: later(100),
        limit: 4,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...batch);
      if (batch.length === 0) return seen.filter((row) => row.region === region);
    }
  }

  test.each([
    ['accepted', accepted],
    ['queued', inQueue],
  ] as const)(
    '%s rows come live lane first, then oldest first, in batches that go on where the last ended',
    async (status, batches) => {
      const { ledger } = tested();
      const region = ownRegion();
      const rows = Array.from({ length: 9 }, (_, index) =>
        newOnboarding({ region, lane: index % 3 === 2 ? 'live' : 'bulk' }),
      );
      await ledger.accept(rows);
      if (status === 'queued')
        await ledger.markQueued(
          rows.map(({ id }) => ({ id, replays: 0 })),
          AT,
        );
      const own = await walked(region, batches);
      const order = [2, 5, 8, 0, 1, 3, 4, 6, 7].map((index) => rows[index]!.id);
      expect(own.map(({ id }) => id)).toEqual(order);
      expect(own[0]).toEqual({
        id: rows[2]!.id,
        region,
        lane: 'live',
        replays: 0,
        status,
        nextAttemptAt: null,
      });
    },
  );

  test('accepted rows of several Regions come in one order, without those of a Region that is drained', async () => {
    const { ledger } = tested();
    const [drained, one, other] = [ownRegion(), ownRegion(), ownRegion()];
    const rows = Array.from({ length: 12 }, (_, index) =>
      newOnboarding({ region: [drained, one, other][index % 3]!, lane: index < 6 ? 'bulk' : 'live' }),
    );
    await ledger.accept(rows);
    await ledger.beginHold({ region: drained, kind: 'drain', reason: 'move', actor: 'ann', beganAt: AT });
    const places = new Set<string>([drained, one, other]);
    const order = async (query: { lane?: Lane } = {}): Promise<readonly string[]> =>
      (await ledger.acceptedBatch({ limit: 10_000, ...query }))
        .filter(({ region }) => places.has(region))
        .map(({ id }) => id);
    const expected = [7, 8, 10, 11, 1, 2, 4, 5].map((index) => rows[index]!.id);
    expect(await order()).toEqual(expected);
    expect(await order({ lane: 'live' })).toEqual(expected.slice(0, 4));
    expect(await order({ lane: 'bulk' })).toEqual(expected.slice(4));
    await ledger.resumeRegion(drained, { at: later(1), actor: 'ann', reason: 'moved' });
    expect(await order()).toEqual([6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5].map((index) => rows[index]!.id));
  });

  test('a batch holds the statuses asked for that were last touched by then', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const idsFrom = async (batches: Batches, query: Partial<OpenQuery> = {}): Promise<string[]> =>
      (await batches({ limit: 10_000, ...query })).filter((row) => row.region === region).map(({ id }) => id);
    const waiting = await onboardingIn('accepted', tested(), { region });
    const queued = await onboardingIn('queued', tested(), { region });
    const retrying = await onboardingIn('retrying', tested(), { region });
    for (const status of ['provisioned', 'failed', 'cancelled'] as const)
      await onboardingIn(status, tested(), { region });
    expect(await idsFrom(accepted)).toEqual([waiting.id]);
    expect(await idsFrom(accepted, { untouchedSince: later(-1) })).toEqual([]);
    expect(await idsFrom(inQueue)).toEqual([queued.id, retrying.id]);
    expect(await idsFrom(inQueue, { untouchedSince: later(2) })).toEqual([queued.id, retrying.id]);
    expect(await idsFrom(inQueue, { untouchedSince: later(1) })).toEqual([queued.id]);
    const batch = await ledger.openBatch({ limit: 10_000 });
    expect(batch.find(({ id }) => id === retrying.id)).toMatchObject({ nextAttemptAt: later(5) });
  });

  test('counts say how many are in which status, lane, Region and error', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const before = await ledger.counts();
    for (const status of STATUSES) await onboardingIn(status, tested(), { region });
    const live = await onboardingIn('failed', tested(), { region, lane: 'live' });
    const after = await ledger.counts();
    const expectedCounts = { ...Object.fromEntries(STATUSES.map((status) => [status, 1])), failed: 2 };
    expect(after.byRegion.find((row) => row.region === region)?.byStatus).toEqual(expectedCounts);
    expect(difference(before.byStatus, after.byStatus)).toEqual(expectedCounts);
    expect(difference(before.byLane, after.byLane)).toEqual({ live: 1, bulk: 6 });
    const failures = (counts: typeof after): number =>
      counts.byErrorCode.find(({ errorCode }) => errorCode === live.error?.code)?.count ?? 0;
    expect(failures(after) - failures(before)).toBe(2);
  });
}

function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([key, count]) => [key, count - (before[key] ?? 0)]));
}
