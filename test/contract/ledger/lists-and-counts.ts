import { expect, test } from 'vitest';
import type { OnboardingFilter, OpenOnboarding } from '../../../src/domain/listing.ts';
import { STATUSES, type Onboarding } from '../../../src/domain/onboarding.ts';
import { OPEN_STATUSES } from '../../../src/domain/state-machine.ts';
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

  test('open rows come live lane first, then oldest first, in batches that go on where the last ended', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const rows = Array.from({ length: 9 }, (_, index) =>
      newOnboarding({ region, lane: index % 3 === 2 ? 'live' : 'bulk' }),
    );
    await ledger.accept(rows);
    const seen: OpenOnboarding[] = [];
    for (;;) {
      const after = seen.at(-1);
      const batch = await ledger.openBatch({
        statuses: OPEN_STATUSES,
        untouchedSince: later(100),
        limit: 4,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...batch);
      if (batch.length === 0) break;
    }
    const order = [2, 5, 8, 0, 1, 3, 4, 6, 7].map((index) => rows[index]!.id);
    const own = seen.filter((row) => row.region === region);
    expect(own.map(({ id }) => id)).toEqual(order);
    expect(own[0]).toEqual({
      id: rows[2]!.id,
      region,
      lane: 'live',
      replays: 0,
      status: 'accepted',
      nextAttemptAt: null,
    });
  });

  test('an open batch holds the statuses asked for that were last touched by then', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const openIds = async (
      statuses: readonly Onboarding['status'][],
      untouchedSince: string,
    ): Promise<string[]> =>
      (await ledger.openBatch({ statuses, untouchedSince, limit: 10_000 }))
        .filter((row) => row.region === region)
        .map(({ id }) => id);
    const accepted = await onboardingIn('accepted', tested(), { region });
    const retrying = await onboardingIn('retrying', tested(), { region });
    for (const status of ['provisioned', 'failed', 'cancelled'] as const)
      await onboardingIn(status, tested(), { region });
    expect(await openIds(OPEN_STATUSES, later(2))).toEqual([accepted.id, retrying.id]);
    expect(await openIds(STATUSES, later(2))).toEqual([accepted.id, retrying.id]);
    expect(await openIds(['accepted', 'queued'], later(2))).toEqual([accepted.id]);
    expect(await openIds(OPEN_STATUSES, later(1))).toEqual([accepted.id]);
    expect(await openIds([], later(2))).toEqual([]);
    const batch = await ledger.openBatch({ statuses: ['retrying'], untouchedSince: later(2), limit: 10_000 });
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
