import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Delivery, DeliveryRun, LoggedDelivery } from '../../../src/domain/delivery.ts';
import { deliveryId } from '../../../src/domain/ids.ts';
import type { Onboarding } from '../../../src/domain/onboarding.ts';
import { InvalidCursorError } from '../../../src/domain/unavailable.ts';
import type { RoundWrite } from '../../../src/domain/round.ts';
import {
  AT,
  deliveryWrite,
  later,
  newCallback,
  newOnboarding,
  onboardingIn,
  ownRegion,
  present,
  roundWrite,
  WEBHOOK_URL,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

type End = Extract<RoundWrite['result']['kind'], 'provisioned' | 'failed'>;

export function keepsDeliveries(tested: () => LedgerUnderTest): void {
  /** By their numbers: the ids of one millisecond have no order. */
  const toldOf = async ({ id }: Pick<Onboarding, 'id'>): Promise<readonly LoggedDelivery[]> =>
    (await tested().ledger.listDeliveries({ onboardingId: id }, { limit: 200 })).items.toSorted(
      (one, other) => (one.number ?? 0) - (other.number ?? 0),
    );
  /** Ends an onboarding of its own, and gives back the webhook delivery. */
  const ended = async (
    kind: End = 'provisioned',
    callbackUrl: string | null = newCallback(),
  ): Promise<Delivery> => {
    const before = await onboardingIn('queued', tested(), { callbackUrl });
    await tested().ledger.saveRound(roundWrite(before, kind));
    const [delivery] = await toldOf(before);
    if (delivery === undefined) throw new Error('Nothing was written.');
    return delivery;
  };
  const now = async ({ id }: Pick<Delivery, 'id'>): Promise<LoggedDelivery> => {
    const delivery = await tested().ledger.getDelivery(id);
    if (delivery === undefined) throw new Error(`The ledger holds no ${id}.`);
    return delivery;
  };
  /** What a run of one that waits would work with. Leases all that wait, and ends the leases at once. */
  const runOf = async ({ id }: Pick<Delivery, 'id'>): Promise<DeliveryRun | undefined> => {
    const { ledger, sql } = tested();
    const most = 10_000;
    const claim = {
      now: '2100-01-01T00:00:00.000Z',
      limit: most,
      perOrigin: most,
      inFlight: {},
      leaseMs: most,
    };
    const runs = await ledger.claimDeliveries(claim);
    await sql('update onboarding.deliveries set leased_until = null where leased_until is not null');
    return runs.find(({ delivery }) => delivery.id === id);
  };

  describe('written with what they tell of', () => {
    test.each(['provisioned', 'failed'] as const)(
      '%s is told to the callback, else to the webhook',
      async (kind) => {
        for (const callbackUrl of [newCallback(), null]) {
          const before = await onboardingIn('queued', tested(), { callbackUrl, metadata: { plan: 'gold' } });
          await tested().ledger.saveRound(roundWrite(before, kind));
          const after = await present(tested().ledger, before);
          const [told, ...others] = await toldOf(before);
          expect(others).toEqual([]);
          expect(told).toEqual({
            id: expect.stringMatching(/^evt_/) as string,
            type: `onboarding.${kind}`,
            onboardingId: before.id,
            number: 1,
            late: false,
            hoursLeft: null,
            destination: callbackUrl === null ? 'webhook' : 'callback',
            status: 'waiting',
            errorCode: null,
            attempts: 0,
            replays: 0,
            nextAttemptAt: later(2),
            createdAt: later(2),
            updatedAt: later(2),
            deliveredAt: null,
            log: [],
          });
          expect(await runOf(told!)).toMatchObject({
            url: callbackUrl ?? WEBHOOK_URL,
            data: after,
            tries: 0,
            beganAt: Date.parse(later(2)),
            endpointDisabled: false,
          });
        }
      },
    );

    test('what is not an end, or did not count, is not told', async () => {
      const { ledger } = tested();
      const queued = await onboardingIn('queued', tested());
      await ledger.saveRound(roundWrite(queued, 'interrupted'));
      await ledger.saveRound(roundWrite(queued, 'retrying'));
      expect(await ledger.saveRound(roundWrite(queued, 'failed'))).toBe('overtaken');
      expect(await ledger.saveRound(roundWrite({ ...queued, replays: 1 }, 'provisioned'))).toBe('fenced');
      expect(await toldOf(queued)).toEqual([]);
      const cancelled = await onboardingIn('cancelled', tested());
      expect(await ledger.saveRound(roundWrite(cancelled, 'provisioned'))).toBe('fenced');
      expect(await toldOf(cancelled)).toMatchObject([{ type: 'onboarding.cancelled', number: 1 }]);
    });

    test('a late success has the higher number and says so; what a fenced run brings is not told', async () => {
      const { ledger } = tested();
      const before = await onboardingIn('queued', tested());
      await ledger.saveRound(roundWrite(before, 'failed'));
      expect(await ledger.saveRound(roundWrite(before, 'provisioned'))).toBe('late');
      expect(await ledger.saveRound(roundWrite(before, 'failed'))).toBe('fenced');
      expect(await ledger.saveRound(roundWrite(before, 'provisioned'))).toBe('fenced');
      expect((await toldOf(before)).map(({ type, number, late }) => ({ type, number, late }))).toEqual([
        { type: 'onboarding.failed', number: 1, late: false },
        { type: 'onboarding.provisioned', number: 2, late: true },
      ]);
    });

    test('numbers run on over replays, and what was told stays as it was', async () => {
      const { ledger } = tested();
      const before = await onboardingIn('failed', tested());
      const failed = await present(ledger, before);
      await ledger.replay(before.id, { from: 'failed', actor: 'ann', reason: 'again', at: later(3) });
      await ledger.saveRound(roundWrite({ id: before.id, replays: 1 }, 'provisioned'));
      const [first, second] = await toldOf(before);
      expect([first?.number, second?.number]).toEqual([1, 2]);
      expect((await runOf(first!))?.data).toEqual(failed);
      expect((await runOf(second!))?.data).toEqual(await present(ledger, before));
    });

    test('of ends that arrive at once each one that counted is told once, numbered without a gap', async () => {
      const { ledger } = tested();
      const before = await onboardingIn('queued', tested());
      const saved = await Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          ledger.saveRound(roundWrite(before, index % 2 === 0 ? 'provisioned' : 'failed')),
        ),
      );
      const counted = saved.filter((verdict) => verdict === 'saved' || verdict === 'late');
      const told = await toldOf(before);
      expect(told.map(({ number }) => number)).toEqual(counted.map((_, index) => index + 1));
      expect(told.at(-1)?.type).toBe('onboarding.provisioned');
    });

    test('a write that breaks a rule of the tables tells nothing', async () => {
      const before = await onboardingIn('queued', tested());
      const attempts = [{ ...roundWrite(before, 'failed').attempts[0]!, outcome: 'nonsense' as 'created' }];
      await expect(
        tested().ledger.saveRound(roundWrite(before, 'provisioned', { attempts })),
      ).rejects.toThrow();
      expect(await toldOf(before)).toEqual([]);
    });

    test('without WEBHOOK_URL only callbacks are told, and the numbers count all the same', async () => {
      const { quiet } = tested();
      const [unheard, heard] = await Promise.all([
        onboardingIn('queued', tested()),
        onboardingIn('queued', tested(), { callbackUrl: newCallback() }),
      ]);
      for (const one of [unheard, heard]) await quiet.saveRound(roundWrite(one, 'failed'));
      expect(await toldOf(unheard)).toEqual([]);
      expect(await toldOf(heard)).toHaveLength(1);
      await tested().ledger.saveRound(roundWrite(unheard, 'provisioned'));
      expect(await toldOf(unheard)).toMatchObject([{ number: 2, late: true }]);
    });

    test('a circuit that opens or closes is told once, whoever saw it; a pause is not', async () => {
      const { ledger, quiet } = tested();
      const region = ownRegion();
      const opened = { region, kind: 'circuit', reason: 'Timeout', actor: null, beganAt: AT } as const;
      await ledger.beginHold({ ...opened, kind: 'operator', actor: 'ann' });
      await Promise.all([1, 2, 3].map(async () => ledger.beginHold(opened)));
      await Promise.all([1, 2, 3].map(async () => ledger.endHold(region, 'circuit', { at: later(5) })));
      await quiet.beginHold({ ...opened, beganAt: later(6) });
      await quiet.endHold(region, 'circuit', { at: later(7) });
      const pages = await Promise.all(
        (['region.circuitClosed', 'region.circuitOpened'] as const).map(async (type) =>
          ledger.listDeliveries({ type }, { limit: 200 }),
        ),
      );
      const told = pages.flatMap(({ items }) => items);
      const news: { type: string; data: DeliveryRun['data'] }[] = [];
      for (const delivery of told) news.push({ type: delivery.type, data: (await runOf(delivery))!.data });
      const circuit = { reason: 'Timeout', openedAt: AT };
      expect(news.filter(({ data }) => 'circuit' in data && data.region === region)).toEqual([
        {
          type: 'region.circuitClosed',
          data: { region, circuit: { ...circuit, state: 'closed', closedAt: later(5) } },
        },
        {
          type: 'region.circuitOpened',
          data: { region, circuit: { ...circuit, state: 'open', closedAt: null } },
        },
      ]);
    });
  });

  describe('the backlog', () => {
    test('counts what waits and how long the oldest has', async () => {
      const { ledger } = tested();
      const before = await ledger.deliveryBacklog();
      const delivery = await ended();
      const during = await ledger.deliveryBacklog();
      expect(during.waiting).toBe(before.waiting + 1);
      expect(during.oldestMs).toBeGreaterThan(0);
      await ledger.saveDeliveryAttempt(deliveryWrite(delivery, 'delivered'));
      expect((await ledger.deliveryBacklog()).waiting).toBe(before.waiting);
    });
  });

  describe('their attempts', () => {
    test('are kept in order, and the last one says how it stands', async () => {
      const { ledger } = tested();
      const delivery = await ended();
      expect(await ledger.saveDeliveryAttempt(deliveryWrite(delivery, 'retry'))).toEqual({
        verdict: 'saved',
        disabled: undefined,
      });
      const retried = await now(delivery);
      expect(retried).toMatchObject({
        status: 'waiting',
        errorCode: 'Http500',
        attempts: 1,
        nextAttemptAt: later(60),
      });
      expect(await runOf(delivery)).toMatchObject({ tries: 1 });
      await ledger.saveDeliveryAttempt(deliveryWrite(retried, 'delivered'));
      const done = await now(delivery);
      expect(done).toMatchObject({
        status: 'delivered',
        errorCode: null,
        attempts: 2,
        nextAttemptAt: null,
        deliveredAt: later(10),
      });
      expect(done.log).toEqual([
        { number: 1, replay: 0, ...deliveryWrite(delivery, 'retry').attempt },
        { number: 2, replay: 0, ...deliveryWrite(delivery, 'delivered').attempt },
      ]);
    });

    test('a success counts after the delivery was given up, and nothing undoes it', async () => {
      const { ledger } = tested();
      const delivery = await ended();
      await ledger.saveDeliveryAttempt(deliveryWrite(delivery, 'failed'));
      const failed = await now(delivery);
      expect(failed).toMatchObject({ status: 'failed', errorCode: 'Http500' });
      expect((await ledger.saveDeliveryAttempt(deliveryWrite(failed, 'retry'))).verdict).toBe('fenced');
      await ledger.saveDeliveryAttempt(deliveryWrite(failed, 'delivered'));
      const done = await now(delivery);
      for (const kind of ['retry', 'failed', 'delivered'] as const)
        expect((await ledger.saveDeliveryAttempt(deliveryWrite(done, kind))).verdict).toBe('fenced');
      expect(await now(delivery)).toMatchObject({ status: 'delivered', attempts: 6 });
    });

    test('attempts that arrive at once are numbered without gap or double', async () => {
      const delivery = await ended();
      await Promise.all(
        Array.from({ length: 10 }, async () =>
          tested().ledger.saveDeliveryAttempt(deliveryWrite(delivery, 'retry')),
        ),
      );
      expect((await now(delivery)).log.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    test('an answer that PostgreSQL cannot hold never keeps an attempt from being saved', async () => {
      const delivery = await ended();
      const write = deliveryWrite(delivery, 'retry');
      await tested().ledger.saveDeliveryAttempt({
        ...write,
        attempt: { ...write.attempt, bodyStart: 'a\u0000b\ud800' },
      });
      expect((await now(delivery)).log).toMatchObject([{ bodyStart: 'a\ufffdb\ufffd' }]);
    });

    test('a delivery that is not there is fenced, and not found', async () => {
      const id = deliveryId(Date.parse(AT), randomBytes(16));
      const { ledger } = tested();
      const write = deliveryWrite({ id, replays: 0 }, 'delivered');
      expect((await ledger.saveDeliveryAttempt(write)).verdict).toBe('fenced');
      expect(await ledger.getDelivery(id)).toBeUndefined();
      const request = { actor: 'ann', reason: 'x', at: AT };
      expect(await ledger.replayDelivery(id, request)).toBeUndefined();
    });
  });

  describe('an endpoint', () => {
    const DAY = 24 * 60;
    /** Fails `times` times, the last time `minutes` after the first. */
    const fail = async (delivery: Delivery, times: number, minutes: number): Promise<unknown[]> => {
      const disabled: unknown[] = [];
      for (let n = 1; n <= times; n += 1) {
        const write = deliveryWrite(await now(delivery), 'retry');
        const at = later(n === times ? minutes : 0);
        const saved = await tested().ledger.saveDeliveryAttempt({
          ...write,
          attempt: { ...write.attempt, at },
        });
        if (saved.disabled !== undefined) disabled.push(saved.disabled);
      }
      return disabled;
    };
    const isDisabled = async (delivery: Delivery): Promise<boolean | undefined> =>
      (await runOf(delivery))?.endpointDisabled;
    const newsOf = async ({ id }: Pick<Delivery, 'id'>): Promise<readonly unknown[]> => {
      const { items } = await tested().ledger.listDeliveries({ type: 'deliveries.disabled' }, { limit: 200 });
      const runs: (DeliveryRun | undefined)[] = [];
      for (const one of items) runs.push(await runOf(one));
      return runs
        .map((run) => run?.data)
        .filter((data) => data && 'deliveryId' in data && data.deliveryId === id);
    };

    test.each([
      ['not after 20 failures in less than 5 days', 20, 5 * DAY - 1, []],
      ['not after 19 failures in more than 5 days', 19, 6 * DAY, []],
      ['after 20 failures in 5 days, once', 20, 5 * DAY, ['failing']],
      ['and not again by what fails later', 22, 5 * DAY, ['failing']],
    ])('is disabled %s', async (_what, times, minutes, expected) => {
      const delivery = await ended();
      const disabled = await fail(delivery, Math.min(times, 20), minutes);
      if (times > 20) disabled.push(...(await fail(delivery, times - 20, minutes)));
      expect(disabled).toEqual(expected);
      expect(await isDisabled(delivery)).toBe(expected.length > 0);
      expect(await newsOf(delivery)).toHaveLength(expected.length);
    });

    test('that is disabled is told of to the operator, with its origin alone', async () => {
      const delivery = await ended('failed', newCallback());
      await fail(delivery, 20, 5 * DAY);
      expect(await newsOf(delivery)).toEqual([
        {
          origin: 'https://callback.example',
          reason: 'failing',
          failingSince: AT,
          failures: 20,
          deliveryId: delivery.id,
        },
      ]);
    });

    test('that worked in between starts over', async () => {
      const url = newCallback();
      const [one, other] = [await ended('failed', url), await ended('failed', url)];
      await fail(one, 19, 4 * DAY);
      await tested().ledger.saveDeliveryAttempt(deliveryWrite(await now(other), 'delivered'));
      expect(await fail(one, 1, 6 * DAY)).toEqual([]);
      expect(await isDisabled(one)).toBe(false);
    });

    test('that says that it is gone is disabled at once, for all that go there and for nobody else', async () => {
      const url = newCallback();
      const [one, other, third, elsewhere] = [
        await ended('failed', url),
        await ended('failed', url),
        await ended('failed', url),
        await ended('failed', `${url}x`),
      ];
      const gone = { ...deliveryWrite(one, 'failed'), endpoint: 'gone' } as const;
      expect(await tested().ledger.saveDeliveryAttempt(gone)).toEqual({ verdict: 'saved', disabled: 'gone' });
      expect([await isDisabled(other), await isDisabled(elsewhere)]).toEqual([true, false]);
      const before = (await tested().ledger.deliveryBacklog()).endpointsDisabled;
      const endpoints = await tested().ledger.listEndpoints(1_000);
      const disabled = endpoints.filter(({ disabledAt }) => disabledAt !== null);
      expect(disabled).toHaveLength(before);
      expect(endpoints.slice(0, before)).toEqual(disabled);
      expect(disabled).toContainEqual(
        expect.objectContaining({ origin: 'https://callback.example', disabledBecause: 'gone', failures: 1 }),
      );
      const instants = disabled.map(({ disabledAt }) => disabledAt);
      expect(instants).toEqual(instants.toSorted().toReversed());
      await tested().ledger.saveDeliveryAttempt(deliveryWrite(other, 'delivered'));
      expect(await isDisabled(third)).toBe(false);
      expect((await tested().ledger.deliveryBacklog()).endpointsDisabled).toBe(before - 1);
    });

    test('of the operator is not told of itself; a replay enables it', async () => {
      const delivery = await ended('failed', null);
      const gone = { ...deliveryWrite(delivery, 'failed'), endpoint: 'gone' } as const;
      expect(await tested().ledger.saveDeliveryAttempt(gone)).toMatchObject({ disabled: 'gone' });
      expect(await newsOf(delivery)).toEqual([]);
      expect(await isDisabled(await ended('failed', null))).toBe(true);
      await tested().ledger.replayDelivery(delivery.id, { actor: 'ann', reason: 'fixed', at: later(20) });
      expect(await isDisabled(delivery)).toBe(false);
    });

    test('is not judged by an attempt that told nothing of it', async () => {
      const delivery = await ended();
      for (let n = 0; n < 25; n += 1) {
        const write = deliveryWrite(await now(delivery), 'retry');
        const attempt = { ...write.attempt, at: later(n * DAY) };
        await tested().ledger.saveDeliveryAttempt({ ...write, attempt, endpoint: 'none' });
      }
      expect(await isDisabled(delivery)).toBe(false);
    });
  });

  describe('a replay', () => {
    test.each(['delivered', 'failed', 'waiting'] as const)(
      'of one that is %s sends it again',
      async (status) => {
        const { ledger, sql } = tested();
        const delivery = await ended();
        const kind = status === 'waiting' ? 'retry' : status;
        await ledger.saveDeliveryAttempt(deliveryWrite(delivery, kind));
        const replayed = await ledger.replayDelivery(delivery.id, {
          actor: 'maria',
          reason: `lost'; drop table "x" – 🏭`,
          at: later(20),
        });
        expect(replayed).toEqual({
          ...(await now(delivery)),
          status: 'waiting',
          errorCode: null,
          attempts: 1,
          replays: 1,
          nextAttemptAt: later(20),
          updatedAt: later(20),
          deliveredAt: null,
        });
        expect(await runOf(delivery)).toMatchObject({
          tries: 0,
          beganAt: Date.parse(later(20)),
        });
        expect(await sql(`select * from onboarding.audit where subject = '${delivery.id}'`)).toMatchObject([
          {
            actor: 'maria',
            action: 'replayDelivery',
            reason: `lost'; drop table "x" – 🏭`,
            before: { status, attempts: 1, replays: 0 },
            after: { status: 'waiting', attempts: 1, replays: 1 },
          },
        ]);
      },
    );

    test('is not touched by what a run of the replay before saves', async () => {
      const { ledger } = tested();
      const delivery = await ended();
      await ledger.replayDelivery(delivery.id, { actor: 'ann', reason: 'x', at: later(20) });
      for (const kind of ['delivered', 'retry', 'failed'] as const)
        expect((await ledger.saveDeliveryAttempt(deliveryWrite(delivery, kind))).verdict).toBe('fenced');
      expect(await now(delivery)).toMatchObject({ status: 'waiting', replays: 1, attempts: 3 });
    });
  });

  describe('the list', () => {
    test('filters, pages by keyset, and shows every attempt', async () => {
      const { ledger } = tested();
      const onboarding = await onboardingIn('queued', tested());
      await ledger.saveRound(roundWrite(onboarding, 'failed'));
      await ledger.saveRound(roundWrite(onboarding, 'provisioned', { at: later(4) }));
      const [first, second] = await toldOf(onboarding);
      await ledger.saveDeliveryAttempt(deliveryWrite(first!, 'delivered'));
      const listed = async (filter: Parameters<typeof ledger.listDeliveries>[0], limit = 200) => {
        const ids: string[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page = await ledger.listDeliveries(
            { onboardingId: onboarding.id, ...filter },
            { limit, ...(cursor === undefined ? {} : { cursor }) },
          );
          ids.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
        }
        return ids;
      };
      expect(await listed({})).toEqual([second!.id, first!.id]);
      expect(await listed({}, 1)).toEqual([second!.id, first!.id]);
      expect(await listed({ status: 'delivered' })).toEqual([first!.id]);
      expect(await listed({ type: 'onboarding.provisioned' })).toEqual([second!.id]);
      expect(await listed({ type: 'onboarding.provisioned', status: 'delivered' })).toEqual([]);
      expect(await listed({ onboardingId: newOnboarding().id })).toEqual([]);
      expect(await listed({ onboardingId: 'a\u0000b' })).toEqual([]);
      expect((await toldOf(onboarding)).map(({ log }) => log.length)).toEqual([1, 0]);
      await expect(ledger.listDeliveries({}, { limit: 1, cursor: 'nonsense' })).rejects.toThrow(
        InvalidCursorError,
      );
    });
  });
}
