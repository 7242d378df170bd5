import { expect, test } from 'vitest';
import type { Hold } from '../../../src/domain/hold.ts';
import type { Region } from '../../../src/domain/region.ts';
import {
  AT,
  later,
  newOnboarding,
  onboardingIn,
  ownRegion,
  present,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

const pause = (region: Region, more: Partial<Hold> = {}): Omit<Hold, 'endedAt'> => ({
  region,
  kind: 'operator',
  reason: `quota'; drop table "x" – 🏭`,
  actor: 'maria',
  beganAt: AT,
  ...more,
});
const drain = (region: Region, more: Partial<Hold> = {}): Omit<Hold, 'endedAt'> =>
  pause(region, { kind: 'drain', reason: 'Redis moves', ...more });
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

  test('who paused, drained and resumed, when and why, stands in the audit; a circuit does not', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    await ledger.beginHold(pause(region));
    await ledger.beginHold(drain(region, { beganAt: later(1) }));
    await ledger.resumeRegion(region, { at: later(5), actor: 'tom', reason: 'all is well' });
    await ledger.beginHold(opened(region));
    await ledger.endHold(region, 'circuit', { at: later(5) });
    expect(await audited(region)).toMatchObject([
      {
        action: 'pause',
        actor: 'maria',
        reason: pause(region).reason,
        at: AT,
        before: { paused: false, draining: false },
        after: { paused: true, draining: false },
      },
      {
        action: 'drain',
        actor: 'maria',
        at: later(1),
        before: { paused: true, draining: false },
        after: { paused: true, draining: true },
      },
      {
        action: 'resume',
        actor: 'tom',
        reason: 'all is well',
        at: later(5),
        before: { paused: true, draining: true },
        after: { paused: false, draining: false },
      },
    ]);
  });

  test('resuming ends a pause and a drain, leaves an open circuit, and is nothing where neither lasts', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const by = { at: later(5), actor: 'tom', reason: 'all is well' };
    await ledger.beginHold(opened(region));
    expect(await ledger.resumeRegion(region, by)).toBe('none');
    expect(await audited(region)).toEqual([]);
    await ledger.beginHold(drain(region));
    expect(await ledger.resumeRegion(region, by)).toBe('ended');
    expect((await lasting(region)).map(({ kind }) => kind)).toEqual(['circuit']);
    await ledger.beginHold(pause(region));
    await ledger.beginHold(drain(region));
    const ended = await Promise.all([1, 2].map(async () => ledger.resumeRegion(region, by)));
    expect(ended.sort()).toEqual(['ended', 'none']);
    expect((await lasting(region)).map(({ kind }) => kind)).toEqual(['circuit']);
  });

  test('operators who act on a Region at once leave an audit whose states join on', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const by = { at: later(5), actor: 'tom', reason: 'all is well' };
    await Promise.all([
      ledger.beginHold(pause(region)),
      ledger.resumeRegion(region, by),
      ledger.beginHold(drain(region)),
      ledger.resumeRegion(region, by),
      ledger.beginHold(pause(region)),
      ledger.beginHold(drain(region)),
    ]);
    const rows = await audited(region);
    let state: unknown = { paused: false, draining: false };
    for (const { before, after } of rows) {
      expect(before).toEqual(state);
      state = after;
    }
    const kinds = (await lasting(region)).map(({ kind }) => kind);
    expect(state).toEqual({ paused: kinds.includes('operator'), draining: kinds.includes('drain') });
  });

  test('while a Region is drained, new onboardings there stay accepted, and nothing there is replayed', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const failed = await onboardingIn('failed', tested(), { region });
    await ledger.beginHold(drain(region));
    const queuedIn = (at: Region) => newOnboarding({ region: at, status: 'queued' });
    const taken = await ledger.accept([queuedIn(region), queuedIn(ownRegion())]);
    expect(taken.map(({ onboarding }) => onboarding.status)).toEqual(['accepted', 'queued']);
    expect((await present(ledger, taken[0]!.onboarding)).status).toBe('accepted');
    const again = { actor: 'ann', reason: 'again', at: later(9), from: 'failed' } as const;
    expect(await ledger.replay(failed.id, again)).toEqual({ kind: 'draining' });
    expect(await present(ledger, failed)).toEqual(failed);
    await ledger.resumeRegion(region, { at: later(5), actor: 'tom', reason: 'all is well' });
    expect(await ledger.accept([queuedIn(region)])).toMatchObject([{ onboarding: { status: 'queued' } }]);
    expect(await ledger.replay(failed.id, again)).toMatchObject({ kind: 'queued' });
  });

  test('the end of a drain wakes whoever queues what has no job', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    await ledger.beginHold(drain(region));
    let woken = 0;
    const stop = ledger.onAccepted(() => (woken += 1));
    // Postgres wakes once when it begins to listen, too.
    const before = woken;
    await ledger.resumeRegion(region, { at: later(5), actor: 'tom', reason: 'all is well' });
    expect(woken).toBeGreaterThan(before);
    stop();
  });
}
