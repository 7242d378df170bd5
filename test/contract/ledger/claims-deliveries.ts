import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { DeliveryClaim, DeliveryRun } from '../../../src/domain/delivery.ts';
import {
  deliveryWrite,
  later,
  onboardingIn,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

/** All deliveries that another test left waiting are given up before each test. */
export function claimsDeliveries(tested: () => LedgerUnderTest): void {
  beforeEach(async () => {
    await tested().sql(
      "update onboarding.deliveries set status = 'failed', next_attempt_at = null where status = 'waiting'",
    );
  });
  const newOrigin = (): string => `https://${randomBytes(6).toString('hex')}.example`;
  /** Due from `minute` on. */
  const deliveryTo = async (callbackUrl: string | null, minute = 2): Promise<string> => {
    const before = await onboardingIn('queued', tested(), { callbackUrl });
    await tested().ledger.saveRound(roundWrite(before, 'failed', { at: later(minute) }));
    const { items } = await tested().ledger.listDeliveries({ onboardingId: before.id }, { limit: 1 });
    return items[0]!.id;
  };
  const deliveriesTo = async (callbackUrl: string, count: number): Promise<readonly string[]> =>
    Promise.all(Array.from({ length: count }, async () => deliveryTo(callbackUrl)));
  const claim = async (asked: Partial<DeliveryClaim> = {}): Promise<readonly DeliveryRun[]> =>
    tested().ledger.claimDeliveries({
      now: later(100),
      limit: 100,
      perOrigin: 100,
      inFlight: {},
      leaseMs: 60_000,
      ...asked,
    });
  const idsOf = (runs: readonly DeliveryRun[]): string[] => runs.map(({ delivery }) => delivery.id).sort();
  const theOnly = async (asked: Partial<DeliveryClaim> = {}): Promise<DeliveryRun> => {
    const [run, ...others] = await claim(asked);
    expect(others).toEqual([]);
    return run!;
  };
  const save = async (run: DeliveryRun, kind: 'delivered' | 'retry' | 'failed') =>
    tested().ledger.saveDeliveryAttempt(deliveryWrite(run.delivery, kind, run.leasedUntil));

  test('two claimers never get the same delivery', async () => {
    const ids = await deliveriesTo(newOrigin(), 20);
    const claims = await Promise.all(Array.from({ length: 8 }, async () => claim({ limit: 3 })));
    expect(Math.max(...claims.map(({ length }) => length))).toBe(3);
    const rest = await claim();
    expect(idsOf([...claims.flat(), ...rest])).toEqual(ids.toSorted());
    expect(await claim()).toEqual([]);
  });

  test('a lease that ends gives the delivery to another claimer, and one that is released at once', async () => {
    const id = await deliveryTo(newOrigin());
    const dead = await theOnly({ leaseMs: 0 });
    const run = await theOnly();
    expect(await claim()).toEqual([]);
    await tested().ledger.releaseDelivery(dead);
    expect(await claim()).toEqual([]);
    await tested().ledger.releaseDelivery(run);
    const again = await theOnly();
    expect(again.delivery).toMatchObject({ id, attempts: 0 });
  });

  test('a saved attempt ends the lease, and the delivery is claimed again when its time has come', async () => {
    const id = await deliveryTo(newOrigin());
    await save(await theOnly(), 'retry');
    expect(await claim({ now: later(59) })).toEqual([]);
    const run = await theOnly({ now: later(60) });
    expect(run).toMatchObject({ delivery: { id, attempts: 1 }, tries: 1 });
    await save(run, 'delivered');
    expect(await claim()).toEqual([]);
  });

  test('what has lost its lease cannot fail the delivery; a success counts whoever brings it', async () => {
    await deliveryTo(newOrigin());
    const stale = await theOnly({ leaseMs: 0 });
    const run = await theOnly();
    for (const kind of ['retry', 'failed'] as const)
      expect(await save(stale, kind)).toMatchObject({ verdict: 'overtaken' });
    expect(await claim()).toEqual([]);
    expect(await save(run, 'retry')).toMatchObject({ verdict: 'saved' });
    expect(await save(stale, 'delivered')).toMatchObject({ verdict: 'saved' });
    expect(await tested().ledger.getDelivery(run.delivery.id)).toMatchObject({
      status: 'delivered',
      attempts: 4,
    });
  });

  test('a replay ends the lease of the run before it', async () => {
    const id = await deliveryTo(newOrigin());
    const before = await theOnly();
    await tested().ledger.replayDelivery(before.delivery.id, { actor: 'ann', reason: 'x', at: later(20) });
    const run = await theOnly();
    expect(run.delivery).toMatchObject({ id, replays: 1 });
    expect(await save(before, 'failed')).toMatchObject({ verdict: 'fenced' });
    await tested().ledger.releaseDelivery(before);
    expect(await claim()).toEqual([]);
    expect(await save(run, 'failed')).toMatchObject({ verdict: 'saved' });
  });

  test('those longest due are claimed first, and none before its time', async () => {
    const [late, early] = [await deliveryTo(newOrigin(), 6), await deliveryTo(newOrigin(), 4)];
    await deliveryTo(newOrigin(), 8);
    expect(idsOf(await claim({ now: later(3) }))).toEqual([]);
    expect(idsOf(await claim({ now: later(7), limit: 1 }))).toEqual([early]);
    expect(idsOf(await claim({ now: later(7) }))).toEqual([late]);
  });

  test('of one origin no more are claimed than its bound leaves, however many wait there', async () => {
    const [busy, other] = [newOrigin(), newOrigin()];
    const waiting = await deliveriesTo(`${busy.toUpperCase()}:8443/hook?for=https://other.example/`, 6);
    const told = [
      await deliveryTo(`${other}/a`, 90),
      await deliveryTo(`${other}?b`, 90),
      await deliveryTo(null, 90),
    ];
    const runs = await claim({ perOrigin: 3, inFlight: { [`${busy}:8443`]: 1 } });
    expect(runs.map(({ origin }) => origin).toSorted()).toEqual(
      ['', `${busy}:8443`, `${busy}:8443`, other, other].toSorted(),
    );
    expect(idsOf(runs)).toEqual(expect.arrayContaining(told));
    expect(await claim({ perOrigin: 3, inFlight: { [`${busy}:8443`]: 3, [other]: 2 } })).toEqual([]);
    expect(idsOf([...runs, ...(await claim())])).toEqual([...waiting, ...told].toSorted());
  });
}
