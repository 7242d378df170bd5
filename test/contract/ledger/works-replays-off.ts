import { afterEach, expect, test } from 'vitest';
import type { OnboardingId, ReplayId } from '../../../src/domain/ids.ts';
import {
  later,
  onboardingIn,
  present as presentOnboarding,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';
import { auditOf, failures, present, startedIn, startedOver } from '../../support/replay-fixtures.ts';

const MINE = 'process-1';
const THEIRS = 'process-2';
const LEASE_MS = 60_000;
const LIMIT = 100;

const listed = (ids: readonly string[]): string => ids.map((id) => `'${id}'`).join();

export function worksReplaysOff(tested: () => LedgerUnderTest): void {
  afterEach(async () => {
    await tested().sql('delete from onboarding.replays');
  });

  const move = async (id: ReplayId, { holder = MINE, limit = LIMIT, at = later(20) } = {}) => {
    await tested().ledger.leaseReplays(holder, LEASE_MS);
    return tested().ledger.moveReplayBatch(id, { holder, limit, at });
  };
  /** As the runner does it with a queue that takes everything. */
  const carry = async (id: ReplayId, limit = LIMIT) => {
    const batch = await move(id, { limit });
    await tested().ledger.replayBatchQueued(id, { holder: MINE, at: later(21) });
    return batch;
  };
  const settle = async (id: ReplayId, { after = 0, limit = LIMIT } = {}) => {
    await tested().ledger.leaseReplays(MINE, LEASE_MS);
    return tested().ledger.settleReplay(id, { holder: MINE, after, limit, at: later(30) });
  };
  const end = async (id: OnboardingId, kind: 'provisioned' | 'failed', replays = 1): Promise<void> => {
    await tested().ledger.saveRound(roundWrite({ id, replays }, kind, { at: later(25) }));
  };

  test('its members start over as a single replay does it, in the lane of bulk, each with its own audit', async () => {
    const { ledger } = tested();
    const live = await onboardingIn('failed', tested(), { lane: 'live' });
    const alone = await onboardingIn('failed', tested());
    const replay = await startedIn(tested(), live.region);
    const ref = { onboardingId: live.id, replays: 1, region: live.region, lane: 'bulk' };
    expect(await move(replay.id)).toEqual({ taken: 1, moving: 1, jobs: [ref] });
    expect(await presentOnboarding(ledger, live)).toEqual({
      ...live,
      ...startedOver(1),
      updatedAt: later(20),
    });
    expect(await ledger.loadRun(live.id)).toMatchObject({ rounds: 0, streak: 0, firstCallAt: null });
    const { actor, reason } = replay;
    await ledger.replay(alone.id, { from: 'failed', actor, reason, at: later(20) });
    const [bySingle] = await auditOf(tested(), alone.id);
    expect(await auditOf(tested(), live.id)).toEqual([
      { ...bySingle, after: { ...(bySingle?.['after'] as object), replayId: replay.id } },
    ]);
  });

  test('whoever was replayed or cancelled by somebody else meanwhile is skipped, also if failed again', async () => {
    const { ledger, sql } = tested();
    const { region, ids } = await failures(tested(), 4);
    const replay = await startedIn(tested(), region);
    const by = { from: 'failed', actor: 'bob', reason: 'first', at: later(15) } as const;
    await ledger.replay(ids[0]!, by);
    await ledger.replay(ids[1]!, by);
    await end(ids[1]!, 'failed');
    await sql(`update onboarding.onboardings set status = 'cancelled' where id = '${ids[2]}'`);
    const batch = await carry(replay.id);
    expect(batch?.taken).toBe(4);
    expect(batch?.jobs.map(({ onboardingId }) => onboardingId)).toEqual([ids[3]]);
    expect(await present(tested(), replay.id)).toMatchObject({ queued: 1, skipped: 3, waiting: 0 });
    expect(await presentOnboarding(ledger, { id: ids[1]! })).toMatchObject({ status: 'failed', replays: 1 });
  });

  test('of two replays of the same set at the same time, each onboarding is in one', async () => {
    const { region, ids } = await failures(tested(), 30);
    const [one, other] = [await startedIn(tested(), region), await startedIn(tested(), region)];
    await tested().ledger.leaseReplays(MINE, LEASE_MS);
    const work = async (id: ReplayId): Promise<void> => {
      for (let taken = 1; taken > 0;) {
        const batch = await tested().ledger.moveReplayBatch(id, { holder: MINE, limit: 4, at: later(20) });
        taken = batch?.taken ?? 0;
        await tested().ledger.replayBatchQueued(id, { holder: MINE, at: later(21) });
      }
    };
    await Promise.all([work(one.id), work(other.id)]);
    const [first, second] = [await present(tested(), one.id), await present(tested(), other.id)];
    expect(first.queued + first.skipped).toBe(30);
    expect(second.queued + second.skipped).toBe(30);
    expect(first.queued + second.queued).toBe(30);
    for (const id of ids) {
      expect(await presentOnboarding(tested().ledger, { id })).toMatchObject(startedOver(1));
      expect(await auditOf(tested(), id)).toHaveLength(1);
    }
  });

  test('a batch that was not reported as queued comes again before any other, and counts once', async () => {
    const { ledger } = tested();
    const { region, ids } = await failures(tested(), 5);
    const replay = await startedIn(tested(), region);
    const first = await move(replay.id, { limit: 2 });
    expect(first?.jobs.map(({ onboardingId }) => onboardingId)).toEqual(ids.slice(0, 2));
    expect(await present(tested(), replay.id)).toMatchObject({ queued: 0, waiting: 5 });
    // It ran already, since whoever added the job died only then.
    await end(ids[0]!, 'provisioned');
    expect(await settle(replay.id)).toMatchObject({ looked: 0, settled: 0 });
    expect(await move(replay.id, { limit: 2 })).toEqual({ taken: 0, moving: 2, jobs: first?.jobs });
    for (let times = 0; times < 2; times += 1)
      await ledger.replayBatchQueued(replay.id, { holder: MINE, at: later(21) });
    expect(await present(tested(), replay.id)).toMatchObject({ queued: 2, waiting: 3 });
    expect((await move(replay.id, { limit: 2 }))?.jobs.map(({ onboardingId }) => onboardingId)).toEqual(
      ids.slice(2, 4),
    );
    expect(await presentOnboarding(ledger, { id: ids[1]! })).toMatchObject(startedOver(1));
  });

  test('a batch of which nobody is left is no obstacle', async () => {
    const { region, ids } = await failures(tested(), 3);
    const replay = await startedIn(tested(), region);
    for (const id of ids.slice(0, 2))
      await tested().ledger.replay(id, { from: 'failed', actor: 'bob', reason: 'first', at: later(15) });
    expect(await move(replay.id, { limit: 2 })).toEqual({ taken: 2, moving: 0, jobs: [] });
    expect((await carry(replay.id))?.jobs).toHaveLength(1);
    expect(await present(tested(), replay.id)).toMatchObject({ queued: 1, skipped: 2 });
  });

  test('while one process holds the lease no other works at it, and once it has run out the first does not', async () => {
    const { ledger, sql } = tested();
    const { region } = await failures(tested(), 3);
    const { id } = await startedIn(tested(), region);
    expect(await ledger.leaseReplays(MINE, LEASE_MS)).toEqual([id]);
    expect(await ledger.leaseReplays(MINE, LEASE_MS)).toEqual([id]);
    expect(await ledger.leaseReplays(THEIRS, LEASE_MS)).toEqual([]);
    const batch = { limit: 1, at: later(20) };
    expect(await ledger.moveReplayBatch(id, { holder: THEIRS, ...batch })).toBeUndefined();
    expect((await ledger.moveReplayBatch(id, { holder: MINE, ...batch }))?.taken).toBe(1);

    await sql(`update onboarding.replays set leased_until = now() - interval '1 second' where id = '${id}'`);
    expect(await ledger.leaseReplays(THEIRS, LEASE_MS)).toEqual([id]);
    expect(await ledger.leaseReplays(MINE, LEASE_MS)).toEqual([]);
    await ledger.replayBatchQueued(id, { holder: MINE, at: later(21) });
    expect(await present(tested(), id)).toMatchObject({ queued: 0 });
    expect(await ledger.moveReplayBatch(id, { holder: MINE, ...batch })).toBeUndefined();
    expect(
      await ledger.settleReplay(id, { holder: MINE, after: 0, limit: 1, at: later(21) }),
    ).toBeUndefined();
    expect((await ledger.moveReplayBatch(id, { holder: THEIRS, ...batch }))?.jobs).toHaveLength(1);
  });

  test('a lease that is let go is anybody’s, and of many who want one at once one gets it', async () => {
    const { ledger } = tested();
    const { region } = await failures(tested(), 1);
    const { id } = await startedIn(tested(), region);
    await ledger.leaseReplays(MINE, LEASE_MS);
    await ledger.releaseReplays(MINE);
    const leases = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => ledger.leaseReplays(`process-${n}`, LEASE_MS)),
    );
    expect(leases.flat()).toEqual([id]);
  });

  test('however many wait for their ends alone, what can be queued is leased, and all that is leased is worked at', async () => {
    const { ledger, sql } = tested();
    const { region, ids } = await failures(tested(), 45);
    const startedFor = async (id: OnboardingId) => startedIn(tested(), region, { filter: { ids: [id] } });
    for (const id of ids.slice(0, 44)) await carry((await startedFor(id)).id);
    const urgent = await startedFor(ids[44]!);
    const leased = await ledger.leaseReplays(MINE, LEASE_MS);
    expect(leased).toContain(urgent.id);
    expect(await ledger.replaysToQueue(MINE, LIMIT)).toEqual([urgent.id]);
    const held = await sql(`select id from onboarding.replays where leased_by = '${MINE}' order by id`);
    expect(held.map(({ id }) => id)).toEqual(leased);
    expect(leased).toHaveLength(45);
  });

  test('what nobody has is shared: a process takes a few at once, first those that can be queued', async () => {
    const { ledger, sql } = tested();
    const { region, ids } = await failures(tested(), 30);
    const made: ReplayId[] = [];
    for (const id of ids) made.push((await startedIn(tested(), region, { filter: { ids: [id] } })).id);
    // The first ones have had their turn, and the last is one that a cancel has left with a batch to carry.
    await sql(
      `update onboarding.replays set moved_through = matched, carried_through = matched, queued = matched
       where id in (${listed(made.slice(0, 10))})`,
    );
    await move(made[29]!);
    await ledger.cancelReplay(made[29]!, { actor: 'bob', reason: 'enough', at: later(22) });
    await sql('update onboarding.replays set leased_by = null, leased_until = null');
    expect(await ledger.leaseReplays(MINE, LEASE_MS)).toEqual(made.slice(10));
    expect(await ledger.leaseReplays(THEIRS, LEASE_MS)).toEqual(made.slice(0, 10));
    expect(await ledger.leaseReplays(MINE, LEASE_MS)).toEqual(made.slice(10));
    expect(await ledger.replaysToQueue(THEIRS, LIMIT)).toEqual([]);
  });

  test('of those that can be queued now, the one whose last turn is longest ago comes first', async () => {
    const { ledger, sql } = tested();
    const { region, ids } = await failures(tested(), 8);
    const startedFor = async (two: readonly OnboardingId[], ratePerSecond: number | null = null) =>
      (await startedIn(tested(), region, { filter: { ids: two }, ratePerSecond })).id;
    const [first, second] = [await startedFor(ids.slice(0, 2)), await startedFor(ids.slice(2, 4))];
    const [paced, cancelled] = [await startedFor(ids.slice(4, 6), 1), await startedFor(ids.slice(6, 8))];
    await ledger.cancelReplay(cancelled, { actor: 'bob', reason: 'enough', at: later(22) });
    const pacedSince = (id: ReplayId, seconds: number) =>
      sql(
        `update onboarding.replays set paced_from = now() - ${seconds} * interval '1 second' where id = '${id}'`,
      );
    await pacedSince(first, 3_600);
    await pacedSince(second, 3_000);
    // Nothing of it is due for an hour.
    await pacedSince(paced, -3_600);
    await ledger.leaseReplays(MINE, LEASE_MS);
    expect(await ledger.replaysToQueue(MINE, LIMIT)).toEqual([first, second]);
    expect(await ledger.replaysToQueue(MINE, 1)).toEqual([first]);
    expect((await move(first, { limit: 1 }))?.taken).toBe(1);
    await ledger.replayBatchQueued(first, { holder: MINE, at: later(21) });
    expect(await ledger.replaysToQueue(MINE, LIMIT)).toEqual([second, first]);
    await pacedSince(paced, 4_000);
    expect(await ledger.replaysToQueue(MINE, LIMIT)).toEqual([paced, second, first]);
    expect(await ledger.replaysToQueue(THEIRS, LIMIT)).toEqual([]);
  });

  test('a rate allows what its time has brought, whoever asks, and makes up for no more than a second', async () => {
    const { sql } = tested();
    const { region } = await failures(tested(), 30);
    const { id } = await startedIn(tested(), region, { ratePerSecond: 10 });
    const pacedSince = (seconds: number) =>
      sql(
        `update onboarding.replays set paced_from = now() - ${seconds} * interval '1 second' where id = '${id}'`,
      );
    const pacedFrom = async () =>
      (
        await sql(
          `select extract(epoch from paced_from)::float8 as at from onboarding.replays where id = '${id}'`,
        )
      )[0]?.['at'] as number;
    await pacedSince(0.5);
    const before = await pacedFrom();
    const taken = (await carry(id))?.taken ?? 0;
    // On a slow machine a little more of the second had passed.
    expect(taken).toBeGreaterThanOrEqual(5);
    expect(taken).toBeLessThanOrEqual(10);
    if (taken < 10) expect((await pacedFrom()) - before).toBeCloseTo(taken / 10, 3);
    await pacedSince(-60);
    expect(await carry(id)).toEqual({ taken: 0, moving: 0, jobs: [] });
    await pacedSince(3_600);
    expect((await carry(id))?.taken).toBe(10);
    expect(await present(tested(), id)).toMatchObject({ queued: taken + 10 });
  });

  test('ends are counted once each, and the replay is over with the last of them', async () => {
    const { ledger, sql } = tested();
    const { region, ids } = await failures(tested(), 5);
    const { id } = await startedIn(tested(), region);
    await carry(id);
    expect(await settle(id)).toEqual({
      looked: 5,
      settled: 0,
      through: 5,
      isEnd: true,
      over: undefined,
    });
    await end(ids[0]!, 'provisioned');
    await end(ids[1]!, 'failed');
    expect(await settle(id)).toMatchObject({ looked: 5, settled: 2, over: undefined });
    expect(await settle(id)).toMatchObject({ looked: 3, settled: 0 });
    expect(await present(tested(), id)).toMatchObject({ provisioned: 1, failed: 1, status: 'running' });

    // One is cancelled; the others were replayed again before anybody looked: how they ended stands in the audit.
    await sql(
      `update onboarding.onboardings set status = 'cancelled', completed_at = now() where id = '${ids[2]}'`,
    );
    await end(ids[3]!, 'provisioned');
    await ledger.replay(ids[3]!, { from: 'provisioned', actor: 'bob', reason: 'gone', at: later(26) });
    await end(ids[4]!, 'failed');
    await ledger.replay(ids[4]!, { from: 'failed', actor: 'bob', reason: 'again', at: later(26) });
    await end(ids[4]!, 'provisioned', 2);
    const over = await present(tested(), id);
    expect((await settle(id))?.over).toEqual({
      ...over,
      status: 'completed',
      provisioned: 2,
      failed: 2,
      cancelled: 1,
      updatedAt: later(30),
      endedAt: later(30),
    });
    expect(await ledger.leaseReplays(MINE, LEASE_MS)).toEqual([]);
    expect(await settle(id)).toBeUndefined();
  });

  test('a walk over what is still at work continues where it stopped', async () => {
    const { region, ids } = await failures(tested(), 5);
    const { id } = await startedIn(tested(), region);
    await carry(id);
    await end(ids[4]!, 'failed');
    expect(await settle(id, { limit: 2 })).toMatchObject({
      looked: 2,
      settled: 0,
      through: 2,
      isEnd: false,
    });
    expect(await settle(id, { limit: 2, after: 2 })).toMatchObject({ looked: 2, through: 4 });
    expect(await settle(id, { limit: 2, after: 4 })).toMatchObject({
      looked: 1,
      settled: 1,
      isEnd: true,
    });
  });

  test('one whose members are all skipped is over at once', async () => {
    const { region, ids } = await failures(tested(), 1);
    const { id } = await startedIn(tested(), region);
    await tested().ledger.replay(ids[0]!, { from: 'failed', actor: 'bob', reason: 'first', at: later(15) });
    await carry(id);
    expect((await settle(id))?.over).toMatchObject({ status: 'completed', skipped: 1, queued: 0 });
  });

  test('members whose onboarding was deleted meanwhile are skipped, or end as cancelled, and hold nothing up', async () => {
    const { sql } = tested();
    const { region, ids } = await failures(tested(), 5);
    const { id } = await startedIn(tested(), region);
    const forget = (gone: readonly OnboardingId[]) =>
      sql(`delete from onboarding.onboardings where id in (${listed(gone)})`);
    await move(id, { limit: 2 });
    await forget(ids.slice(0, 2));
    // Nobody is left of the batch, which is still to be reported.
    expect(await carry(id)).toEqual({ taken: 0, moving: 2, jobs: [] });
    expect(await carry(id, 2)).toMatchObject({ taken: 2, moving: 2, jobs: [{}, {}] });
    await forget(ids.slice(3));
    expect(await carry(id)).toEqual({ taken: 1, moving: 0, jobs: [] });
    await end(ids[2]!, 'provisioned');
    expect((await settle(id))?.over).toMatchObject({
      status: 'completed',
      queued: 4,
      skipped: 1,
      provisioned: 1,
      cancelled: 3,
    });
  });

  test('after a cancel nothing more is moved, and what was queued is still carried and counted', async () => {
    const { ledger } = tested();
    const { region, ids } = await failures(tested(), 4);
    const { id } = await startedIn(tested(), region);
    await move(id, { limit: 2 });
    await ledger.cancelReplay(id, { actor: 'bob', reason: 'enough', at: later(22) });
    expect(await ledger.runningReplays()).toBe(0);
    expect(await carry(id)).toMatchObject({ taken: 0, jobs: [{}, {}] });
    expect(await carry(id)).toEqual({ taken: 0, moving: 0, jobs: [] });
    await end(ids[0]!, 'provisioned');
    expect((await settle(id))?.over).toBeUndefined();
    await end(ids[1]!, 'failed');
    expect((await settle(id))?.over).toMatchObject({
      status: 'cancelled',
      endedAt: later(22),
      queued: 2,
      waiting: 2,
      provisioned: 1,
      failed: 1,
    });
    expect(await presentOnboarding(ledger, { id: ids[3]! })).toMatchObject({ status: 'failed', replays: 0 });
  });
}
