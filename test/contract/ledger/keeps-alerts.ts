import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AlertNews, AlertTopic, LastingAlert } from '../../../src/domain/alert.ts';
import type { DeliveryRun, LoggedDelivery } from '../../../src/domain/delivery.ts';
import {
  ALERT_URL,
  AT,
  deliveryWrite,
  later,
  newCallback,
  onboardingIn,
  ownRegion,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

const THREE = ['one', 'two', 'three'];

export function keepsAlerts(tested: () => LedgerUnderTest): void {
  const dataOf = async ({ id }: LoggedDelivery): Promise<AlertNews> => {
    const [row] = await tested().sql(`select data from onboarding.deliveries where id = '${id}'`);
    return row?.['data'] as AlertNews;
  };
  /** The alerts of which this is a part, oldest first: their instants differ. */
  const alertsOf = async (part: string): Promise<readonly AlertNews[]> => {
    const { items } = await tested().ledger.listDeliveries({ type: 'alert' }, { limit: 200 });
    const told = await Promise.all(items.toReversed().map(dataOf));
    return told.filter((news) => JSON.stringify(news).includes(part));
  };
  const statesOf = async (part: string): Promise<readonly string[]> =>
    (await alertsOf(part)).map(({ state }) => state);
  /** What Redis' row would be, for a test alone. */
  const holdersLeft = (): Promise<unknown> =>
    tested().sql(`update onboarding.lasting_alerts set held_at = now() - interval '31 seconds'`);

  test('a condition is told once when it begins and once when it ends, however many see it', async () => {
    const { ledger } = tested();
    const topic: AlertTopic = { about: 'regionOff', region: ownRegion(), code: 'OperationDisabled\u0000' };
    for (const round of [1, 2]) {
      const alert: LastingAlert = { topic, since: later(round) };
      const begun = await Promise.all(
        THREE.map(async (holder) => ledger.beginAlert(alert, { at: later(round), holder })),
      );
      expect(begun.sort()).toEqual(['lasting', 'lasting', 'told']);
      expect((await ledger.lastingAlerts()).map(({ since }) => since)).toContain(later(round));
      const ended = await Promise.all(
        THREE.map(async (holder) => ledger.endAlert(topic, { at: later(round + 0.5), holder })),
      );
      expect(ended.sort()).toEqual(['none', 'none', 'told']);
    }
    expect(await statesOf(topic.region)).toEqual(['began', 'ended', 'began', 'ended']);
  });

  test('only the process that misses Redis ends that, until it has been silent for half a minute', async () => {
    const { ledger } = tested();
    const alert: LastingAlert = { topic: { about: 'redis', host: ownRegion() }, since: AT };
    const cut = { at: AT, holder: 'cut off' };
    const other = { at: AT, holder: 'another' };
    expect(await ledger.beginAlert(alert, cut)).toBe('told');
    expect(await ledger.endAlert(alert.topic, other)).toBe('none');
    await holdersLeft();
    expect(await ledger.beginAlert(alert, cut)).toBe('lasting');
    expect(await ledger.endAlert(alert.topic, other)).toBe('none');
    await holdersLeft();
    expect(await ledger.beginAlert(alert, other)).toBe('lasting');
    expect(await ledger.endAlert(alert.topic, cut)).toBe('none');
    await holdersLeft();
    expect(await ledger.endAlert(alert.topic, { ...cut, at: later(1) })).toBe('told');
    expect(await statesOf(alert.topic.about === 'redis' ? alert.topic.host : '')).toEqual(['began', 'ended']);
  });

  test('that the ledger is back is told once for all whose outage began before', async () => {
    const { ledger } = tested();
    const host = ownRegion();
    const from = Date.now();
    const at = (ms: number): string => new Date(from + ms).toISOString();
    const back = async (sinceMs: number, nowMs: number): Promise<string> =>
      ledger.tellLedgerBack({ topic: { about: 'ledger', host }, since: at(sinceMs) }, at(nowMs));
    const told = await Promise.all([0, 10, 900].map(async (since) => back(since, 1_000)));
    expect(told.sort()).toEqual(['none', 'none', 'told']);
    expect(await back(500, 2_000)).toBe('none');
    expect(await back(3_000, 4_000)).toBe('told');
    expect(await statesOf(host)).toEqual(['ended', 'ended']);
  });

  test('a circuit is told with its hold, and an endpoint with the attempt that disables it', async () => {
    const { ledger, quiet } = tested();
    const region = ownRegion();
    const hold = { region, kind: 'circuit', reason: 'ExpiredToken', actor: null, beganAt: AT } as const;
    await Promise.all(THREE.map(async () => ledger.beginHold(hold)));
    await Promise.all(THREE.map(async () => ledger.endHold(region, 'circuit', { at: later(5) })));
    const topic = { about: 'circuit', region, code: 'ExpiredToken' };
    expect(await alertsOf(region)).toEqual([
      { topic, state: 'began', since: AT },
      { topic, state: 'ended', since: AT },
    ]);
    const pausedRegion = ownRegion();
    await ledger.beginHold({ ...hold, region: pausedRegion, kind: 'operator', actor: 'ann' });
    const quietRegion = ownRegion();
    await quiet.beginHold({ ...hold, region: quietRegion });
    expect([...(await alertsOf(pausedRegion)), ...(await alertsOf(quietRegion))]).toEqual([]);

    const origin = `https://${randomBytes(6).toString('hex')}.example`;
    const before = await onboardingIn('queued', tested(), { callbackUrl: `${origin}/secret` });
    await ledger.saveRound(roundWrite(before, 'failed'));
    const { items } = await ledger.listDeliveries({ onboardingId: before.id }, { limit: 1 });
    const write = { ...deliveryWrite(items[0]!, 'failed'), endpoint: 'gone' } as const;
    await Promise.all(THREE.map(async () => ledger.saveDeliveryAttempt(write)));
    expect(await alertsOf(origin)).toEqual([
      { topic: { about: 'endpoint', origin, reason: 'gone' }, state: 'began', since: later(10) },
    ]);
  });

  test('alerts go to their own address, on places of their own, and nowhere without one', async () => {
    const { ledger, quiet, sql } = tested();
    const topic = { about: 'failures', code: newCallback(), count: 11 } as const;
    await ledger.beginAlert({ topic, since: AT }, { at: AT, holder: 'one' });
    const claimed = async (from: typeof ledger): Promise<DeliveryRun | undefined> => {
      const now = '2100-01-01T00:00:00.000Z';
      const runs = await from.claimDeliveries({
        now,
        limit: 9_999,
        perOrigin: 9_999,
        inFlight: {},
        leaseMs: 1,
      });
      await sql('update onboarding.deliveries set leased_until = null where leased_until is not null');
      return runs.find(({ data }) => JSON.stringify(data).includes(topic.code));
    };
    expect(await claimed(ledger)).toMatchObject({
      url: ALERT_URL,
      origin: 'alert',
      delivery: { destination: 'alert', onboardingId: null },
      data: { topic, state: 'began', since: AT },
    });
    expect(await claimed(quiet)).toMatchObject({ url: null });
  });

  describe('failures of a span', () => {
    test('are counted by code, from the minute in which it begins', async () => {
      const { ledger } = tested();
      // A time of its own: nothing else in the file ends there.
      const from = Date.parse('2031-01-01T00:00:00.000Z');
      const at = (minutes: number): string => new Date(from + minutes * 60_000).toISOString();
      for (const minutes of [0, 1, 2, 3]) {
        const before = await onboardingIn('queued', tested(), { createdAt: at(minutes) });
        await ledger.saveRound(roundWrite(before, 'failed', { at: at(minutes) }));
      }
      const provisioned = await onboardingIn('queued', tested());
      await ledger.saveRound(roundWrite(provisioned, 'provisioned', { at: at(3) }));
      expect(await ledger.failuresSince(at(1))).toEqual(new Map([['LimitExceededException', 3]]));
      expect(await ledger.failuresSince(at(10))).toEqual(new Map());
    });
  });
}
