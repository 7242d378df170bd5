import { expect, test } from 'vitest';
import type { DueCheck } from '../../../src/domain/check.ts';
import type { Followed, SourceNews } from '../../../src/domain/connection.ts';
import type { Onboarding } from '../../../src/domain/onboarding.ts';
import {
  FOLLOWED,
  later,
  newCallback,
  onboardingIn,
  ownRegion,
  present,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

const LEASE_MS = 60_000;
/** In minutes after the fixtures' instant: the first look of a provisioned one is due. */
const DUE = 3;

/** Claims, saves and judges looks at sources. */
export function followsSources(tested: () => LedgerUnderTest): void {
  const claim = (region: Onboarding['region'], now: string, limit = 10) =>
    tested().ledger.claimChecks({
      regions: [region],
      perRegion: limit,
      now,
      leaseMs: LEASE_MS,
    });
  const provisionedIn = async (region: Onboarding['region'], overrides: Partial<Onboarding> = {}) =>
    onboardingIn('provisioned', tested(), { region, ...overrides });
  const write = (due: DueCheck, at: string, followed: Partial<Followed>, news: SourceNews | null = null) => ({
    id: due.onboarding.id,
    replays: due.onboarding.replays,
    lookedAt: due.lookedAt,
    at,
    followed: { ...due.followed, ...followed },
    news,
    isChange: true,
  });
  const saved = async (
    before: Onboarding,
    at: string,
    followed: Partial<Followed>,
    news: SourceNews | null = null,
  ): Promise<Onboarding> => {
    const due = await tested().ledger.claimCheck(before.id, { now: at, quietMs: 0 });
    const after = await tested().ledger.saveCheck(write(due!, at, followed, news));
    return after!;
  };

  test('a source is claimed once its time has come, by one process, and again when the lease has run out', async () => {
    const region = ownRegion();
    const { id } = await provisionedIn(region);
    expect(await claim(region, later(DUE - 1))).toEqual([]);
    const both = await Promise.all([claim(region, later(DUE)), claim(region, later(DUE))]);
    const due = both.flat();
    expect(due).toMatchObject([{ onboarding: { id }, followed: FOLLOWED, lookedAt: later(DUE) }]);
    expect(await claim(region, later(DUE + 0.9))).toEqual([]);
    expect(await claim(region, later(DUE + 1))).toHaveLength(1);
  });

  test('each Region gives its longest due ones, and no other Region’s', async () => {
    const [region, other] = [ownRegion(), ownRegion()];
    const first = await provisionedIn(region);
    const second = await provisionedIn(region);
    await provisionedIn(other);
    await saved(second, later(1), { nextCheckAt: later(DUE - 1) });
    const claimed = await claim(region, later(DUE * 3), 1);
    expect(claimed.map(({ onboarding }) => onboarding.id)).toEqual([second.id]);
    expect((await claim(region, later(DUE * 3), 1)).map(({ onboarding }) => onboarding.id)).toEqual([
      first.id,
    ]);
  });

  test('a person’s look is given out due or not, once within the quiet time, and only of a provisioned one', async () => {
    const { ledger } = tested();
    const { id } = await provisionedIn(ownRegion());
    expect(await ledger.claimCheck(id, { now: later(5), quietMs: 60_000 })).toBeDefined();
    expect(await ledger.claimCheck(id, { now: later(5.9), quietMs: 60_000 })).toBeUndefined();
    expect(await ledger.claimCheck(id, { now: later(6), quietMs: 60_000 })).toBeDefined();
    const failed = await onboardingIn('failed', tested());
    expect(await ledger.claimCheck(failed.id, { now: later(10), quietMs: 0 })).toBeUndefined();
  });

  test('a look is saved with what it found; what is not served is there at the next one', async () => {
    const { ledger } = tested();
    const before = await provisionedIn(ownRegion());
    const found = {
      expiresAt: later(999),
      expiresAtOrigin: 'aws',
      checkedAt: later(70),
      nextCheckAt: later(400),
      checkError: { code: 'AccountConflict', at: later(70) },
      lostSince: later(70),
      warnedMs: 86_400_000,
    } as const;
    const after = await saved(before, later(70), found);
    const { lostSince, warnedMs, ...served } = found;
    expect(after).toEqual({ ...before, ...served, updatedAt: later(70) });
    expect(await present(ledger, before)).toEqual(after);
    const next = await ledger.claimCheck(before.id, { now: later(400), quietMs: 0 });
    expect(next?.followed).toMatchObject({ lostSince, warnedMs });
  });

  test('a look that was overtaken by another one, or by a replay, is not saved', async () => {
    const { ledger } = tested();
    const { id } = await provisionedIn(ownRegion());
    const slow = await ledger.claimCheck(id, { now: later(70), quietMs: 0 });
    const quick = await ledger.claimCheck(id, { now: later(80), quietMs: 0 });
    expect(await ledger.saveCheck(write(slow!, later(90), { connection: 'removed' }))).toBeUndefined();
    expect(await ledger.saveCheck(write(quick!, later(90), { connection: 'connected' }))).toMatchObject({
      connection: 'connected',
    });
    const last = await ledger.claimCheck(id, { now: later(100), quietMs: 0 });
    await ledger.replay(id, { from: 'provisioned', actor: 'ann', reason: 'gone', at: later(101) });
    expect(await ledger.saveCheck(write(last!, later(102), { connection: 'removed' }))).toBeUndefined();
    expect(await ledger.get(id)).toMatchObject({
      status: 'queued',
      connection: null,
      expiresAt: null,
      nextCheckAt: null,
      connectedAt: null,
    });
  });

  test('news are told to the callback, numbered on from the end; a warning says the hours left', async () => {
    const { ledger } = tested();
    const before = await provisionedIn(ownRegion(), { callbackUrl: newCallback() });
    const told = async () =>
      (await ledger.listDeliveries({ onboardingId: before.id }, { limit: 50 })).items
        .toSorted((one, other) => (one.number ?? 0) - (other.number ?? 0))
        .map(({ type, number, hoursLeft, destination }) => ({ type, number, hoursLeft, destination }));
    await saved(before, later(70), {}, { event: 'source.expiring', hoursLeft: 24 });
    await saved(
      before,
      later(80),
      { connection: 'connected' },
      { event: 'source.connected', hoursLeft: null },
    );
    await saved(before, later(90), { checkedAt: later(90) });
    expect(await told()).toEqual([
      { type: 'onboarding.provisioned', number: 1, hoursLeft: null, destination: 'callback' },
      { type: 'source.expiring', number: 2, hoursLeft: 24, destination: 'callback' },
      { type: 'source.connected', number: 3, hoursLeft: null, destination: 'callback' },
    ]);
  });

  test('each change of the connection has its line in the history', async () => {
    const { ledger } = tested();
    const before = await provisionedIn(ownRegion());
    await saved(before, later(70), { checkedAt: later(70) });
    await saved(before, later(80), { connection: 'connected', expiresAt: null, expiresAtOrigin: null });
    await saved(before, later(90), { connection: 'removed' });
    expect(await ledger.connectionChanges(before.id)).toEqual([
      { at: later(80), was: 'waiting', connection: 'connected', expiresAt: null },
      { at: later(90), was: 'connected', connection: 'removed', expiresAt: null },
    ]);
  });

  test('sources that vanished before their time are counted within the hour, those at their expiry are not', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const [early, timely, old] = await Promise.all([1, 2, 3].map(async () => provisionedIn(region)));
    await provisionedIn(region);
    await saved(early!, later(70), { lostSince: later(70) });
    await saved(timely!, later(70), { lostSince: later(70), expiresAt: later(69) });
    await saved(old!, later(9), { lostSince: later(9) });
    expect(await ledger.recentLosses(region, later(10))).toEqual({ lost: 1, sources: 4 });
  });

  test.each([
    ['confirm', later(7_000)],
    ['dismiss', null],
  ] as const)(
    'to %s losses ends the hold, is audited, and has the missing ones looked at',
    async (decision, lostSince) => {
      const { ledger } = tested();
      const region = ownRegion();
      const missing = await provisionedIn(region);
      const lost = await provisionedIn(region);
      await saved(missing, later(7_000), { lostSince: later(7_000), nextCheckAt: later(99_999) });
      await saved(lost, later(7_000), {
        connection: 'removed',
        lostSince: later(6_000),
        nextCheckAt: later(99_999),
      });
      const hold = { region, kind: 'losses', reason: 'many', actor: null, beganAt: later(7_001) } as const;
      expect(await ledger.beginHold(hold)).toBe('begun');
      const judgement = { decision, at: later(7_100), actor: 'ann', reason: 'the role was wrong' };
      expect(await ledger.judgeLosses(region, judgement)).toBe('ended');
      expect(await ledger.judgeLosses(region, judgement)).toBe('none');
      const due = await claim(region, later(7_100));
      expect(due).toMatchObject([{ onboarding: { id: missing.id }, followed: { lostSince } }]);
      expect(await ledger.recentLosses(region, later(3_600))).toMatchObject({ lost: 0 });
      const { items } = await ledger.listAudit({ subject: region, action: 'losses' }, { limit: 5 });
      expect(items).toMatchObject([{ actor: 'ann', before: { lost: 1 }, after: { decision } }]);
    },
  );

  test('an expired one that was never connected is renewed once per replay; it is followed from new', async () => {
    const { ledger } = tested();
    const before = await provisionedIn(ownRegion());
    const request = { replays: before.replays, at: later(99) };
    expect(await ledger.renew(before.id, request)).toBeUndefined();
    await saved(before, later(90), { connection: 'expired', awsState: 'expired', lostSince: later(80) });
    expect(await ledger.renew(before.id, { ...request, replays: 7 })).toBeUndefined();
    expect(await ledger.renew(before.id, request)).toMatchObject({
      status: 'queued',
      replays: before.replays + 1,
      renewals: 1,
      connection: null,
      eventSourceArn: null,
    });
    expect(await ledger.renew(before.id, request)).toBeUndefined();
    const { items } = await ledger.listAudit({ subject: before.id, action: 'renew' }, { limit: 5 });
    expect(items).toMatchObject([{ actor: 'system', before: { connection: 'expired' } }]);
  });

  test('lists narrow down to a connection, an AWS state and an expiry', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const [waiting, connected] = await Promise.all([provisionedIn(region), provisionedIn(region)]);
    await saved(connected, later(70), {
      connection: 'connected',
      awsState: 'active',
      expiresAt: null,
      expiresAtOrigin: null,
    });
    const ids = async (filter: object) =>
      (await ledger.list({ region, ...filter }, { limit: 10 })).items.map(({ id }) => id);
    await saved(waiting, later(70), { expiresAt: later(7 * 1_440) });
    expect(await ids({ connection: 'connected' })).toEqual([connected.id]);
    expect(await ids({ awsState: 'pending' })).toEqual([waiting.id]);
    expect(await ids({ expiringBefore: later(8 * 1_440) })).toEqual([waiting.id]);
    expect(await ids({ expiringBefore: later(6 * 1_440) })).toEqual([]);
  });

  test('a look that finds nothing new is no event; one that does is', async () => {
    const { ledger, sql } = tested();
    const before = await provisionedIn(ownRegion());
    const waiting = async (): Promise<number> => {
      const [row] = await sql(`select count(*)::integer as count from (
        select from onboarding.changes where onboarding_id = '${before.id}'
        union all select from onboarding.events where onboarding_id = '${before.id}') as told`);
      return Number(row?.['count']);
    };
    const noted = await waiting();
    const due = await ledger.claimCheck(before.id, { now: later(70), quietMs: 0 });
    const same = { checkedAt: later(70), nextCheckAt: later(700) };
    await ledger.saveCheck({ ...write(due!, later(70), same), isChange: false });
    expect(await waiting()).toBe(noted);
    expect(await ledger.get(before.id)).toEqual({ ...before, ...same });
    await saved(before, later(80), { connection: 'connected' });
    expect(await waiting()).toBe(noted + 1);
  });
}
