import { expect, test } from 'vitest';
import type { Hold } from '../../../src/domain/hold.ts';
import type { Region } from '../../../src/domain/region.ts';
import { AT, later, ownRegion, type LedgerUnderTest } from '../../support/ledger-fixtures.ts';

const pause = (region: Region, more: Partial<Hold> = {}): Omit<Hold, 'endedAt'> => ({
  region,
  kind: 'operator',
  reason: `quota'; drop table "x" – 🏭`,
  actor: 'maria',
  beganAt: AT,
  ...more,
});
const opened = (region: Region, beganAt = AT): Omit<Hold, 'endedAt'> =>
  pause(region, { kind: 'circuit', reason: 'Timeout', actor: null, beganAt });

export function keepsHolds(tested: () => LedgerUnderTest): void {
  const lasting = async (region: Region): Promise<readonly Hold[]> =>
    (await tested().ledger.lastingHolds()).filter((hold) => hold.region === region);
  const audited = async (region: Region): Promise<readonly Record<string, unknown>[]> =>
    tested().sql(`select * from onboarding.audit where subject = '${region}' order by id`);

  test('a hold lasts from its beginning to its end', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    expect(await ledger.beginHold(pause(region))).toBe('begun');
    expect(await lasting(region)).toEqual([{ ...pause(region), endedAt: null }]);
    expect(await ledger.endHold(region, 'operator', { at: later(5) })).toBe('ended');
    expect(await lasting(region)).toEqual([]);
    expect(await ledger.holdsSince(region, AT)).toEqual([{ ...pause(region), endedAt: later(5) }]);
  });

  test('one of a kind lasts per Region, and the first stands', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const begun = await Promise.all(
      ['ann', 'bob', 'eve'].map(async (actor) => ledger.beginHold(pause(region, { actor }))),
    );
    expect(begun.sort()).toEqual(['begun', 'lasting', 'lasting']);
    expect(await lasting(region)).toHaveLength(1);
    expect(await audited(region)).toHaveLength(1);
    expect(await ledger.beginHold(opened(region))).toBe('begun');
    expect(await ledger.beginHold(pause(ownRegion()))).toBe('begun');
    expect((await lasting(region)).map(({ kind }) => kind)).toEqual(['operator', 'circuit']);
  });

  test('ending one leaves the other kind, and ending nothing is no error', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    await ledger.beginHold(pause(region));
    await ledger.beginHold(opened(region));
    const ended = await Promise.all(
      [1, 2].map(async () => ledger.endHold(region, 'circuit', { at: later(1) })),
    );
    expect(ended.sort()).toEqual(['ended', 'none']);
    expect((await lasting(region)).map(({ kind }) => kind)).toEqual(['operator']);
  });

  test('one can begin again after it has ended', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    await ledger.beginHold(opened(region));
    await ledger.endHold(region, 'circuit', { at: later(1) });
    expect(await ledger.beginHold(opened(region, later(2)))).toBe('begun');
    expect(await ledger.holdsSince(region, AT)).toHaveLength(2);
  });

  test('an end that an earlier clock gives is the beginning', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    await ledger.beginHold(opened(region, later(3)));
    await ledger.endHold(region, 'circuit', { at: AT });
    expect(await ledger.holdsSince(region, AT)).toMatchObject([{ beganAt: later(3), endedAt: later(3) }]);
  });

  test('those since an instant are the ones that lasted then or began later', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    for (const minute of [0, 10, 20]) {
      await ledger.beginHold(opened(region, later(minute)));
      await ledger.endHold(region, 'circuit', { at: later(minute + 5) });
    }
    await ledger.beginHold(opened(region, later(30)));
    const since = async (minute: number): Promise<readonly string[]> =>
      (await ledger.holdsSince(region, later(minute))).map(({ beganAt }) => beganAt);
    expect(await since(-1)).toEqual([0, 10, 20, 30].map(later));
    expect(await since(4)).toEqual([0, 10, 20, 30].map(later));
    expect(await since(6)).toEqual([10, 20, 30].map(later));
    expect(await since(99)).toEqual([later(30)]);
  });

  test('who paused and resumed, when and why, stands in the audit; a circuit does not', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    await ledger.beginHold(pause(region));
    await ledger.endHold(region, 'operator', { at: later(5), by: { actor: 'tom', reason: 'all is well' } });
    await ledger.beginHold(opened(region));
    await ledger.endHold(region, 'circuit', { at: later(5) });
    expect(await audited(region)).toMatchObject([
      {
        action: 'pause',
        actor: 'maria',
        reason: pause(region).reason,
        before: { paused: false },
        after: { paused: true },
      },
      {
        action: 'resume',
        actor: 'tom',
        reason: 'all is well',
        before: { paused: true },
        after: { paused: false },
      },
    ]);
  });
}
