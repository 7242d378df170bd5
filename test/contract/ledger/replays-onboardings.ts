import { expect, test } from 'vitest';
import { STATUSES } from '../../../src/domain/onboarding.ts';
import { nextStatus } from '../../../src/domain/state-machine.ts';
import {
  later,
  newAttempt,
  newOnboarding,
  onboardingIn,
  present,
  RESULTS,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

const REQUEST = { actor: 'alice', reason: 'quota raised; "see" ticket <7>', at: later(10) };

export function replaysOnboardings(tested: () => LedgerUnderTest): void {
  test.each(STATUSES.flatMap((status) => STATUSES.map((from) => ({ status, from }))))(
    'a replay judged from $from finds $status',
    async ({ status, from }) => {
      const { ledger } = tested();
      const before = await onboardingIn(status, tested());
      const written = await ledger.replay(before.id, { ...REQUEST, from });
      if (status === from && nextStatus(status, 'replay') !== undefined) {
        expect(written).toMatchObject({ kind: 'queued', onboarding: { status: 'queued', replays: 1 } });
      } else {
        expect(written).toEqual({ kind: 'refused', status });
        expect(await present(ledger, before)).toEqual(before);
        expect(await audited(tested(), before.id)).toEqual([]);
      }
    },
  );

  test('an onboarding that is not there cannot be replayed', async () => {
    expect(await tested().ledger.replay(newOnboarding().id, { ...REQUEST, from: 'failed' })).toEqual({
      kind: 'notFound',
    });
  });

  test('a replayed failure starts over with a full budget and keeps its attempts', async () => {
    const { ledger } = tested();
    const before = await onboardingIn('queued', tested());
    await ledger.saveRound(roundWrite(before, 'failed'));
    const written = await ledger.replay(before.id, { ...REQUEST, from: 'failed' });
    const onboarding = { ...before, status: 'queued', replays: 1, attempts: 1, updatedAt: later(10) };
    expect(written).toEqual({ kind: 'queued', onboarding });
    expect(await ledger.loadRun(before.id)).toEqual({ onboarding, rounds: 0, streak: 0, firstCallAt: null });
    const again = newAttempt({ at: later(11) });
    await ledger.saveRound(
      roundWrite({ ...before, replays: 1 }, 'retrying', { attempts: [again], at: later(12) }),
    );
    expect(await ledger.loadRun(before.id)).toMatchObject({ rounds: 1, firstCallAt: Date.parse(later(11)) });
    expect(await ledger.attempts(before.id)).toMatchObject([
      { number: 1, replay: 0 },
      { number: 2, replay: 1 },
    ]);
  });

  test('a replayed success no longer shows the source that AWS has lost', async () => {
    const { ledger } = tested();
    const before = await onboardingIn('provisioned', tested());
    await ledger.replay(before.id, { ...REQUEST, from: 'provisioned' });
    expect(await present(ledger, before)).toMatchObject({
      status: 'queued',
      outcome: null,
      eventSourceArn: null,
      arnOrigin: null,
      awsState: null,
      expiresAt: null,
      completedAt: null,
    });
  });

  test('who replayed what, why, and from which state stands in the audit', async () => {
    const before = await onboardingIn('failed', tested());
    await tested().ledger.replay(before.id, { ...REQUEST, from: 'failed' });
    expect(await audited(tested(), before.id)).toMatchObject([
      {
        at: REQUEST.at,
        actor: REQUEST.actor,
        action: 'replay',
        reason: REQUEST.reason,
        before: { status: 'failed', replays: 0, error: RESULTS.failed.error, completedAt: later(2) },
        after: { status: 'queued', replays: 1, error: null, completedAt: null },
      },
    ]);
  });

  test('a result of the replay before is kept as an attempt of that replay alone', async () => {
    const { ledger } = tested();
    const before = await onboardingIn('failed', tested());
    await ledger.replay(before.id, { ...REQUEST, from: 'failed' });
    expect(await ledger.saveRound(roundWrite(before, 'provisioned'))).toBe('fenced');
    expect(await present(ledger, before)).toMatchObject({ status: 'queued', replays: 1, attempts: 1 });
    expect(await ledger.loadRun(before.id)).toMatchObject({ firstCallAt: null });
    expect(await ledger.attempts(before.id)).toMatchObject([{ number: 1, replay: 0 }]);
  });

  test('of operators who replay one onboarding at once, one does', async () => {
    const before = await onboardingIn('failed', tested());
    const written = await Promise.all(
      Array.from({ length: 10 }, async () =>
        tested().ledger.replay(before.id, { ...REQUEST, from: 'failed' }),
      ),
    );
    expect(written.filter(({ kind }) => kind === 'queued')).toHaveLength(1);
    expect(written.filter(({ kind }) => kind === 'refused')).toHaveLength(9);
    expect(await audited(tested(), before.id)).toHaveLength(1);
    expect(await present(tested().ledger, before)).toMatchObject({ replays: 1 });
  });
}

async function audited({ sql }: LedgerUnderTest, id: string): Promise<readonly Record<string, unknown>[]> {
  return sql(`select * from onboarding.audit where subject = '${id}' and action = 'replay' order by id`);
}
