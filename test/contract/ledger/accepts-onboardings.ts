import { expect, test } from 'vitest';
import type { AccountId } from '../../../src/domain/account.ts';
import type { Acceptance } from '../../../src/domain/acceptance.ts';
import { STATUSES } from '../../../src/domain/onboarding.ts';
import { isOpen } from '../../../src/domain/state-machine.ts';
import {
  AT,
  later,
  newOnboarding,
  onboardingIn,
  ownRegion,
  present,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

const OTHER_ACCOUNT = '000000000202' as AccountId;
const kinds = (acceptances: readonly Acceptance[]): string[] => acceptances.map(({ kind }) => kind);

const HOSTILE = [
  `'; drop table onboarding.onboardings; --`,
  `<script>alert("x")</script>`,
  `" \\ ' \` $1 $$ %s {} [] null NULL \\N \\u0000`,
  'Größe 東京 🏭 \u202e \u200b e\u0301',
  '%_\\%',
  '{"a":[1,2]}',
];

export function acceptsOnboardings(tested: () => LedgerUnderTest): void {
  test('a new onboarding is recorded as it was sent', async () => {
    const request = newOnboarding({
      region: ownRegion(),
      customerId: 'customer-7',
      lane: 'live',
      metadata: { plan: 'gold', note: '' },
      callbackUrl: 'https://example.com/hook?a=1&b=2',
    });
    const [acceptance] = await tested().ledger.accept([request]);
    const recorded = {
      ...request,
      status: 'accepted',
      outcome: null,
      eventSourceArn: null,
      arnOrigin: null,
      awsState: null,
      expiresAt: null,
      expiresAtOrigin: null,
      connection: null,
      connectedAt: null,
      checkedAt: null,
      nextCheckAt: null,
      checkError: null,
      error: null,
      attempts: 0,
      replays: 0,
      renewals: 0,
      nextAttemptAt: null,
      updatedAt: AT,
      completedAt: null,
    };
    expect(acceptance).toEqual({ kind: 'accepted', onboarding: recorded });
    expect(await tested().ledger.get(request.id)).toEqual(recorded);
  });

  test('a new onboarding is queued from the start where that is asked for, each row as it says', async () => {
    const requests = [newOnboarding({ status: 'queued' }), newOnboarding()];
    const acceptances = await tested().ledger.accept(requests);
    expect(acceptances.map(({ onboarding }) => onboarding.status)).toEqual(['queued', 'accepted']);
    const again = newOnboarding({ ...requests[0], id: newOnboarding().id, status: 'accepted' });
    expect(await tested().ledger.accept([again])).toMatchObject([
      { kind: 'existing', onboarding: { status: 'queued' } },
    ]);
    expect(await Promise.all(requests.map((request) => present(tested().ledger, request)))).toMatchObject([
      { status: 'queued' },
      { status: 'accepted' },
    ]);
  });

  test('no request gets no answer', async () => {
    expect(await tested().ledger.accept([])).toEqual([]);
  });

  test('leading zeros of an account stay', async () => {
    const request = newOnboarding({ account: '000000000007' });
    await tested().ledger.accept([request]);
    expect((await present(tested().ledger, request)).account).toBe('000000000007');
  });

  test.each(HOSTILE)('hostile text stays as it is: %j', async (text) => {
    const request = newOnboarding({
      customerId: text,
      metadata: { [text]: text, plain: text },
      callbackUrl: text,
    });
    const [acceptance] = await tested().ledger.accept([request]);
    expect(acceptance).toMatchObject({ kind: 'accepted', onboarding: request });
    expect(await present(tested().ledger, request)).toMatchObject(request);
  });

  test('the same name for the same account is existing and keeps the first request’s fields', async () => {
    const first = newOnboarding({ customerId: 'first' });
    const again = newOnboarding({
      ...first,
      id: newOnboarding().id,
      customerId: 'second',
      createdAt: later(1),
    });
    await tested().ledger.accept([first]);
    const [acceptance] = await tested().ledger.accept([again]);
    expect(acceptance).toMatchObject({ kind: 'existing', lifted: false, onboarding: first });
    expect(await tested().ledger.get(again.id)).toBeUndefined();
  });

  test('a call that comes again with the same ids, its answer lost on the way, is accepted again', async () => {
    const requests = [newOnboarding(), newOnboarding({ lane: 'live' })];
    const first = await tested().ledger.accept(requests);
    expect(await tested().ledger.accept(requests)).toEqual(first);
  });

  test('the same name for another account is taken', async () => {
    const first = newOnboarding();
    await tested().ledger.accept([first]);
    const other = newOnboarding({ ...first, id: newOnboarding().id, account: OTHER_ACCOUNT });
    expect(await tested().ledger.accept([other])).toMatchObject([{ kind: 'taken', onboarding: first }]);
  });

  test('the same name in another Region is another onboarding', async () => {
    const first = newOnboarding({ region: ownRegion() });
    const elsewhere = newOnboarding({ ...first, id: newOnboarding().id, region: ownRegion() });
    expect(kinds(await tested().ledger.accept([first, elsewhere]))).toEqual(['accepted', 'accepted']);
  });

  test('names that differ in case are different names', async () => {
    const lower = newOnboarding({ sourceName: 'aws.partner/acme.example/case/a', region: ownRegion() });
    const upper = newOnboarding({
      ...lower,
      id: newOnboarding().id,
      sourceName: 'aws.partner/acme.example/case/A',
    });
    expect(kinds(await tested().ledger.accept([lower, upper]))).toEqual(['accepted', 'accepted']);
  });

  test('answers come in the order of the requests, and of one name in one call the first wins', async () => {
    const region = ownRegion();
    const old = newOnboarding({ region, sourceName: 'aws.partner/acme.example/m/old' });
    await tested().ledger.accept([old]);
    const twice = newOnboarding({ region, sourceName: 'aws.partner/acme.example/z/twice' });
    const again = (id: string): object => ({ ...twice, id });
    const requests = [
      twice,
      newOnboarding({ ...old, id: newOnboarding().id, account: OTHER_ACCOUNT }),
      newOnboarding(again(newOnboarding().id)),
      newOnboarding({ region, sourceName: 'aws.partner/acme.example/a/first' }),
      newOnboarding({ ...again(newOnboarding().id), account: OTHER_ACCOUNT }),
      newOnboarding({ ...old, id: newOnboarding().id }),
    ];
    const acceptances = await tested().ledger.accept(requests);
    expect(kinds(acceptances)).toEqual(['accepted', 'taken', 'existing', 'accepted', 'taken', 'existing']);
    expect(acceptances.map(({ onboarding }) => onboarding.id)).toEqual(
      [twice, old, twice, requests[3]!, twice, old].map(({ id }) => id),
    );
  });

  test.each(STATUSES.filter((status) => status !== 'cancelled'))(
    'a live request lifts a bulk onboarding that is still open (%s)',
    async (status) => {
      const bulk = await onboardingIn(status, tested());
      const live = newOnboarding({ ...pick(bulk), lane: 'live' });
      const open = isOpen(status);
      const [acceptance] = await tested().ledger.accept([live]);
      expect(acceptance).toMatchObject({
        kind: 'existing',
        lifted: open,
        onboarding: { id: bulk.id, status },
      });
      expect((await present(tested().ledger, bulk)).lane).toBe(open ? 'live' : 'bulk');
      expect(await tested().ledger.accept([newOnboarding({ ...pick(bulk), lane: 'live' })])).toMatchObject([
        { kind: 'existing', lifted: false },
      ]);
    },
  );

  test('a live request of another account lifts nothing', async () => {
    const bulk = await onboardingIn('queued', tested());
    const live = newOnboarding({ ...pick(bulk), lane: 'live', account: OTHER_ACCOUNT });
    expect(kinds(await tested().ledger.accept([live]))).toEqual(['taken']);
    expect((await present(tested().ledger, bulk)).lane).toBe('bulk');
  });

  test('a bulk request leaves a live onboarding live', async () => {
    const live = await onboardingIn('queued', tested(), { lane: 'live' });
    expect(await tested().ledger.accept([newOnboarding(pick(live))])).toMatchObject([
      { kind: 'existing', lifted: false, onboarding: { lane: 'live' } },
    ]);
  });

  test('a bulk and a live request for one new name in one call make one live onboarding', async () => {
    const bulk = newOnboarding();
    const live = newOnboarding({ ...pick(bulk), lane: 'live' });
    expect(await tested().ledger.accept([bulk, live])).toMatchObject([
      { kind: 'accepted', onboarding: { id: bulk.id, lane: 'live' } },
      { kind: 'existing', lifted: true, onboarding: { id: bulk.id, lane: 'live' } },
    ]);
  });

  test('a cancelled onboarding does not hold its name', async () => {
    const cancelled = await onboardingIn('cancelled', tested());
    const again = newOnboarding({ ...pick(cancelled), account: OTHER_ACCOUNT });
    expect(await tested().ledger.accept([again])).toMatchObject([
      { kind: 'accepted', onboarding: { id: again.id, account: OTHER_ACCOUNT } },
    ]);
    expect((await present(tested().ledger, cancelled)).status).toBe('cancelled');
  });

  test('a thousand requests in one call are all recorded', async () => {
    const region = ownRegion();
    const requests = Array.from({ length: 1_000 }, () => newOnboarding({ region }));
    const acceptances = await tested().ledger.accept(requests);
    expect(new Set(kinds(acceptances))).toEqual(new Set(['accepted']));
    expect(acceptances.map(({ onboarding }) => onboarding.id)).toEqual(requests.map(({ id }) => id));
  });

  test('fifty callers of one name at once make one row and fifty true answers', async () => {
    const region = ownRegion();
    const sourceName = 'aws.partner/acme.example/race/one';
    const requests = Array.from({ length: 50 }, (_, index) =>
      newOnboarding({ region, sourceName, ...(index % 5 === 0 ? { account: OTHER_ACCOUNT } : {}) }),
    );
    const acceptances = (
      await Promise.all(requests.map(async (request) => tested().ledger.accept([request])))
    ).flat();
    const winner = acceptances.find(({ kind }) => kind === 'accepted')!.onboarding;
    expect(acceptances.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    acceptances.forEach(({ kind, onboarding }, index) => {
      expect(onboarding.id).toBe(winner.id);
      const own = requests[index]!.account === winner.account;
      expect(kind).toBe(own ? (onboarding.id === requests[index]!.id ? 'accepted' : 'existing') : 'taken');
    });
    expect((await tested().ledger.list({ region }, { limit: 100 })).items).toHaveLength(1);
  });

  test('batches that hold the same names in opposite orders do not block one another', async () => {
    const region = ownRegion();
    const batch = (lane: 'live' | 'bulk'): ReturnType<typeof newOnboarding>[] =>
      Array.from({ length: 40 }, (_, index) =>
        newOnboarding({ region, sourceName: `aws.partner/acme.example/cross/${index}`, lane }),
      );
    const calls = Array.from({ length: 12 }, (_, index) => {
      const requests = batch(index % 3 === 0 ? 'live' : 'bulk');
      return tested().ledger.accept(index % 2 === 0 ? requests : requests.reverse());
    });
    const acceptances = (await Promise.all(calls)).flat();
    expect(acceptances.filter(({ kind }) => kind === 'accepted')).toHaveLength(40);
    expect(acceptances.filter(({ kind }) => kind === 'existing')).toHaveLength(40 * 11);
    const { items } = await tested().ledger.list({ region }, { limit: 100 });
    expect(items.map(({ lane }) => lane)).toEqual(Array<string>(40).fill('live'));
  });

  test('queueing moves accepted rows only, and only those of the same replay', async () => {
    const { ledger } = tested();
    for (const status of STATUSES) {
      const onboarding = await onboardingIn(status, tested());
      await ledger.markQueued([{ id: onboarding.id, replays: 1 }], later(3));
      expect(await present(ledger, onboarding)).toEqual(onboarding);
      await ledger.markQueued([onboarding], later(3));
      expect(await present(ledger, onboarding)).toEqual(
        status === 'accepted' ? { ...onboarding, status: 'queued', updatedAt: later(3) } : onboarding,
      );
    }
    await ledger.markQueued([], AT);
  });

  test('going back to accepted moves queued rows only, of the same replay and without an attempt', async () => {
    const { ledger } = tested();
    for (const status of STATUSES) {
      const onboarding = await onboardingIn(status, tested());
      await ledger.unqueue([{ id: onboarding.id, replays: 1 }], later(3));
      expect(await present(ledger, onboarding)).toEqual(onboarding);
      await ledger.unqueue([onboarding], later(3));
      expect(await present(ledger, onboarding)).toEqual(
        status === 'queued' ? { ...onboarding, status: 'accepted', updatedAt: later(3) } : onboarding,
      );
    }
    const tried = await onboardingIn('queued', tested());
    await ledger.saveRound(roundWrite(tried, 'interrupted'));
    await ledger.unqueue([tried], later(3));
    expect(await present(ledger, tried)).toMatchObject({ status: 'queued', attempts: 1 });
    await ledger.unqueue([], AT);
  });

  test('a job that was added although its onboarding went back to accepted saves its result', async () => {
    const { ledger } = tested();
    const onboarding = await onboardingIn('queued', tested());
    await ledger.unqueue([onboarding], later(1));
    await ledger.saveRound(roundWrite(onboarding, 'provisioned'));
    await ledger.unqueue([onboarding], later(3));
    expect(await present(ledger, onboarding)).toMatchObject({ status: 'provisioned', attempts: 1 });
  });
}

/** The identity of an onboarding under a new id. */
function pick({ region, sourceName, account }: { region: string; sourceName: string; account: string }): {
  region: string;
  sourceName: string;
  account: string;
} {
  return { region, sourceName, account };
}
