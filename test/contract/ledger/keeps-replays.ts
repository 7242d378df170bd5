import { afterEach, expect, test } from 'vitest';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import { STATUSES } from '../../../src/domain/onboarding.ts';
import { KEY_KEPT_MS } from '../../../src/domain/acceptance.ts';
import type { Replay, ReplayFilter } from '../../../src/domain/replay.ts';
import { InvalidCursorError } from '../../../src/domain/unavailable.ts';
import {
  AT,
  later,
  newOnboarding,
  onboardingIn,
  ownRegion,
  RESULTS,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';
import { auditOf, failures, newReplay, present, startedIn } from '../../support/replay-fixtures.ts';

/** Everything that a call could have changed. */
const contents = async ({ sql }: LedgerUnderTest): Promise<unknown> =>
  sql(`select (select json_agg(o order by id) from onboarding.onboardings o)::text as onboardings,
    (select count(*) from onboarding.audit) as audit, (select count(*) from onboarding.changes) as changes,
    (select count(*) from onboarding.replays) as replays,
    (select count(*) from onboarding.replay_members) as members`);

const membersOf = async ({ sql }: LedgerUnderTest, id: string): Promise<readonly unknown[]> =>
  (await sql(`select onboarding_id from onboarding.replay_members where replay_id = '${id}' order by 1`)).map(
    (row) => row['onboarding_id'],
  );

export function keepsReplays(tested: () => LedgerUnderTest): void {
  afterEach(async () => {
    await tested().sql('delete from onboarding.replays');
  });

  test('a preview counts what has failed by code and Region, shows the newest, and changes nothing', async () => {
    const { ledger } = tested();
    const customerId = ownRegion();
    const [one, other] = [ownRegion(), ownRegion()];
    const ids = [];
    for (let n = 0; n < 12; n += 1)
      ids.push((await onboardingIn('failed', tested(), { region: one, customerId })).id);
    const transient = await onboardingIn('queued', tested(), { region: other, customerId });
    const { error } = RESULTS.retrying;
    await ledger.saveRound(roundWrite(transient, 'failed', { result: { ...RESULTS.failed, error } }));
    await onboardingIn('provisioned', tested(), { region: other, customerId });
    const pause = { kind: 'operator', reason: 'r', actor: 'ann', beganAt: AT } as const;
    await ledger.beginHold({ ...pause, region: one });
    const before = await contents(tested());

    const preview = await ledger.previewReplay({ customerId });
    expect(preview).toMatchObject({
      matched: 13,
      byErrorCode: [
        { errorCode: 'LimitExceededException', kind: 'quota', count: 12 },
        { errorCode: 'InternalException', kind: 'transient', count: 1 },
      ],
      byRegion: [
        { region: one, count: 12, paused: true },
        { region: other, count: 1, paused: false },
      ],
    });
    const newest = [...ids, transient.id].reverse().slice(0, 10);
    expect(preview.sample.map(({ id }) => id)).toEqual(newest);
    expect(await contents(tested())).toEqual(before);
    expect(await ledger.previewReplay({ customerId: 'nobody' })).toEqual({
      matched: 0,
      byErrorCode: [],
      byRegion: [],
      sample: [],
    });
  });

  test('under a key a replay is made once, its answer is kept, and the key stands for nothing else', async () => {
    const { ledger } = tested();
    const { region } = await failures(tested(), 2);
    const answer = (replay: Replay | undefined): string => `made ${replay?.id}, "${replay?.matched}"`;
    const key = { key: `key-${region}`, fingerprint: 'body', answer };
    const [first, second] = [newReplay({ filter: { region } }), newReplay({ filter: { region } })];
    expect(await ledger.createReplayKeyed(first, key)).toEqual({
      kind: 'first',
      replay: await present(tested(), first.id),
      answer: `made ${first.id}, "2"`,
    });
    const before = await contents(tested());
    expect(await ledger.createReplayKeyed(second, key)).toEqual({
      kind: 'repeated',
      answer: `made ${first.id}, "2"`,
    });
    expect(await ledger.createReplayKeyed(second, { ...key, fingerprint: 'other' })).toEqual({
      kind: 'otherRequest',
    });
    expect(await contents(tested())).toEqual(before);
    // A day later the key is free.
    const nextDay = {
      ...second,
      createdAt: new Date(Date.parse(first.createdAt) + KEY_KEPT_MS).toISOString(),
    };
    expect(await ledger.createReplayKeyed(nextDay, key)).toMatchObject({
      kind: 'first',
      replay: { id: second.id },
    });
  });

  test('under a key, that nothing matched is kept too; and of many calls at once one makes the replay', async () => {
    const { ledger, sql } = tested();
    const region = ownRegion();
    const answer = (replay: Replay | undefined): string => replay?.id ?? 'nothing';
    const nothing = { key: `none-${region}`, fingerprint: 'body', answer };
    const made = () => newReplay({ filter: { region } });
    expect(await ledger.createReplayKeyed(made(), nothing)).toEqual({
      kind: 'first',
      replay: undefined,
      answer: 'nothing',
    });
    await onboardingIn('failed', tested(), { region });
    expect(await ledger.createReplayKeyed(made(), nothing)).toEqual({ kind: 'repeated', answer: 'nothing' });
    const key = { key: `many-${region}`, fingerprint: 'body', answer };
    const kinds = (
      await Promise.all(Array.from({ length: 6 }, () => ledger.createReplayKeyed(made(), key)))
    ).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'first')).toHaveLength(1);
    expect(kinds.filter((kind) => !['first', 'repeated', 'atWork'].includes(kind))).toEqual([]);
    expect(await sql('select count(*)::integer as count from onboarding.replays')).toEqual([{ count: 1 }]);
  });

  test('the set is what has failed when the replay is made, and stays as it is', async () => {
    const region = ownRegion();
    const byStatus = [];
    for (const status of STATUSES) byStatus.push(await onboardingIn(status, tested(), { region }));
    const failed = byStatus.find(({ status }) => status === 'failed');
    const replay = await startedIn(tested(), region, { ratePerSecond: 20 });
    await onboardingIn('failed', tested(), { region });
    expect(replay).toEqual({
      id: replay.id,
      status: 'running',
      reason: 'quota raised; "see" ticket <7>',
      actor: 'alice',
      filter: { region },
      ratePerSecond: 20,
      matched: 1,
      queued: 0,
      skipped: 0,
      provisioned: 0,
      failed: 0,
      cancelled: 0,
      waiting: 1,
      pausedRegions: [],
      createdAt: later(10),
      updatedAt: later(10),
      endedAt: null,
    });
    expect(await present(tested(), replay.id)).toEqual(replay);
    expect(await membersOf(tested(), replay.id)).toEqual([failed?.id]);
  });

  test('where nothing matches, nothing is written', async () => {
    const before = await contents(tested());
    expect(
      await tested().ledger.createReplay(newReplay({ filter: { region: ownRegion() } })),
    ).toBeUndefined();
    expect(await contents(tested())).toEqual(before);
  });

  test.each<[string, (of: { customerId: string; id: OnboardingId }) => ReplayFilter, boolean]>([
    ['its status', () => ({ status: 'failed' }), true],
    ['its Region', () => ({ region: 'us-east-1' }), true],
    ['another Region', () => ({ region: 'eu-west-1' }), false],
    ['its account', () => ({ account: '000000000777' }), true],
    ['another account', () => ({ account: '000000000101' }), false],
    ['its code', () => ({ errorCode: 'LimitExceededException' }), true],
    ['one of several codes', () => ({ errorCode: ['Other', 'LimitExceededException'] }), true],
    ['another code', () => ({ errorCode: 'limitexceededexception' }), false],
    ['a part of it in other letters', ({ customerId }) => ({ q: customerId.toUpperCase() }), true],
    ['a part that it does not have', () => ({ q: '100%_' }), false],
    ['the time of its creation', () => ({ from: AT, to: AT }), true],
    ['a time after its creation', () => ({ from: later(1) }), false],
    ['a time before its creation', () => ({ to: later(-1) }), false],
    ['the time of its end', () => ({ endedFrom: later(2), endedTo: later(2) }), true],
    ['a time after its end', () => ({ endedFrom: later(3) }), false],
    ['a time before its end', () => ({ endedTo: later(1) }), false],
    ['its id among others', ({ id }) => ({ ids: [newOnboarding().id, id] }), true],
    ['other ids', () => ({ ids: [newOnboarding().id] }), false],
    ['its id and another code', ({ id }) => ({ ids: [id], errorCode: 'Other' }), false],
  ])('a filter of %s finds it or not', async (_what, filterOf, isFound) => {
    const customerId = ownRegion();
    const account = '000000000777';
    const { id } = await onboardingIn('failed', tested(), { region: 'us-east-1', account, customerId });
    const filter = { ...filterOf({ customerId, id }), customerId };
    const replay = await tested().ledger.createReplay(newReplay({ filter }));
    expect(replay === undefined ? [] : await membersOf(tested(), replay.id)).toEqual(isFound ? [id] : []);
    expect((await tested().ledger.previewReplay(filter)).matched).toBe(isFound ? 1 : 0);
  });

  test('ten thousand ids are taken, and a hundred of them shown', async () => {
    const { ids } = await failures(tested(), 2);
    const others = Array.from({ length: 9_998 }, () => newOnboarding().id);
    const replay = await tested().ledger.createReplay(newReplay({ filter: { ids: [...others, ...ids] } }));
    expect(replay).toMatchObject({ matched: 2, filter: { ids: others.slice(0, 100) } });
  });

  test('who replays what and why stands in the audit under the replay', async () => {
    const { region } = await failures(tested(), 2);
    const { id } = await startedIn(tested(), region, { ratePerSecond: 5 });
    expect(await auditOf(tested(), id)).toEqual([
      {
        actor: 'alice',
        action: 'startReplay',
        reason: 'quota raised; "see" ticket <7>',
        before: null,
        after: {
          status: 'running',
          filter: { region },
          ratePerSecond: 5,
          matched: 2,
          queued: 0,
          skipped: 0,
          waiting: 2,
        },
      },
    ]);
  });

  test('a running one is cancelled once, and that stands in the audit too', async () => {
    const { region } = await failures(tested(), 1);
    const { id } = await startedIn(tested(), region);
    const by = { actor: 'bob', reason: 'wrong filter', at: later(11) };
    expect(await tested().ledger.cancelReplay(id, by)).toMatchObject({
      kind: 'cancelled',
      replay: { status: 'cancelled', waiting: 1, endedAt: later(11) },
    });
    expect((await tested().ledger.cancelReplay(id, by)).kind).toBe('ended');
    expect(await tested().ledger.cancelReplay(newReplay().id, by)).toEqual({ kind: 'notFound' });
    expect((await auditOf(tested(), id)).slice(1)).toMatchObject([
      {
        actor: 'bob',
        action: 'cancelReplay',
        reason: 'wrong filter',
        before: { status: 'running', matched: 1, queued: 0, waiting: 1 },
        after: { status: 'cancelled', matched: 1, queued: 0, waiting: 1 },
      },
    ]);
  });

  test('they are listed newest first, page by page, and by status', async () => {
    const { ledger } = tested();
    const { region } = await failures(tested(), 1);
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push((await startedIn(tested(), region)).id);
    await ledger.cancelReplay(made[1]!, { actor: 'bob', reason: 'why not', at: later(11) });
    expect(await ledger.runningReplays()).toBe(4);
    const first = await ledger.listReplays({}, { limit: 3 });
    const second = await ledger.listReplays({}, { limit: 3, cursor: first.nextCursor! });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([...made].reverse());
    expect(second.nextCursor).toBeNull();
    const cancelled = await ledger.listReplays({ status: 'cancelled' }, { limit: 3 });
    expect(cancelled.items.map(({ id }) => id)).toEqual([made[1]]);
    await expect(ledger.listReplays({}, { limit: 3, cursor: 'x' })).rejects.toThrow(InvalidCursorError);
  });
}
