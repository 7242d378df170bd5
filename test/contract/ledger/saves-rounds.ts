import { expect, test } from 'vitest';
import type { ProvisioningError } from '../../../src/domain/codec.ts';
import { STATUSES, type Status } from '../../../src/domain/onboarding.ts';
import { OUTCOME_KINDS } from '../../../src/domain/outcome-kind.ts';
import type { RoundSaved, RoundWrite } from '../../../src/domain/round.ts';
import { isOpen, nextStatus, type StatusEvent } from '../../../src/domain/state-machine.ts';
import {
  later,
  newAttempt,
  newOnboarding,
  onboardingIn,
  present,
  provisioningError,
  RESULTS,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

type ResultKind = RoundWrite['result']['kind'];

const EVENTS: Record<Exclude<ResultKind, 'interrupted'>, StatusEvent> = {
  provisioned: 'succeed',
  retrying: 'retry',
  failed: 'fail',
};

/** What the state machine says becomes of a result that arrives in a status. */
function expected(status: Status, kind: ResultKind): { saved: RoundSaved; becomes: Status } {
  if (kind === 'interrupted') return { saved: isOpen(status) ? 'saved' : 'fenced', becomes: status };
  const next = nextStatus(status, EVENTS[kind]);
  if (next !== undefined) return { saved: 'saved', becomes: next };
  const late = kind === 'provisioned' ? nextStatus(status, 'late') : undefined;
  return late === undefined ? { saved: 'fenced', becomes: status } : { saved: 'late', becomes: late };
}

const CASES = STATUSES.flatMap((status) =>
  (Object.keys(RESULTS) as ResultKind[]).map((kind) => ({ status, kind, ...expected(status, kind) })),
);

export function savesRounds(tested: () => LedgerUnderTest): void {
  test.each(CASES)('$kind after $status is $saved', async ({ status, kind, saved, becomes }) => {
    const { ledger } = tested();
    const before = await onboardingIn(status, tested());
    expect(await ledger.saveRound(roundWrite(before, kind))).toBe(saved);
    const after = await present(ledger, before);
    expect(after.status).toBe(becomes);
    expect(after.attempts).toBe(1);
    expect(await ledger.attempts(before.id)).toEqual([{ number: 1, replay: 0, ...newAttempt() }]);
    if (saved === 'fenced') {
      expect(after).toEqual({ ...before, attempts: 1, updatedAt: later(2) });
    }
  });

  test.each(CASES)('$kind of another replay after $status changes nothing but the attempts', async (row) => {
    const { ledger } = tested();
    const before = await onboardingIn(row.status, tested());
    expect(await ledger.saveRound(roundWrite({ id: before.id, replays: 1 }, row.kind))).toBe('fenced');
    expect(await present(ledger, before)).toEqual({ ...before, attempts: 1, updatedAt: later(2) });
    expect(await ledger.attempts(before.id)).toMatchObject([{ number: 1, replay: 1 }]);
    expect(await ledger.loadRun(before.id)).toMatchObject({ firstCallAt: null });
  });

  test.each(['retrying', 'failed'] as const)(
    '%s of a run that another run of the same job overtook is only kept as an attempt',
    async (kind) => {
      const { ledger } = tested();
      const loaded = await onboardingIn('queued', tested());
      await ledger.saveRound(
        roundWrite(loaded, 'retrying', {
          result: { ...RESULTS.retrying, rounds: 5, nextAttemptAt: later(9) },
        }),
      );
      const before = await present(ledger, loaded);
      expect(await ledger.saveRound(roundWrite(loaded, kind, { at: later(3) }))).toBe('overtaken');
      expect(await present(ledger, loaded)).toEqual({ ...before, attempts: 2, updatedAt: later(3) });
      expect(await ledger.loadRun(loaded.id)).toMatchObject({ rounds: 5 });
      // The next run loads what stands now, and comes in turn again.
      expect(await ledger.saveRound(roundWrite(before, kind))).toBe('saved');
    },
  );

  test('what AWS confirmed counts, also from a run that was overtaken', async () => {
    const { ledger } = tested();
    const loaded = await onboardingIn('queued', tested());
    await ledger.saveRound(roundWrite(loaded, 'retrying'));
    expect(await ledger.saveRound(roundWrite(loaded, 'provisioned'))).toBe('saved');
    expect(await present(ledger, loaded)).toMatchObject({ status: 'provisioned', attempts: 2 });
  });

  test('a fenced write without attempts leaves the row untouched', async () => {
    const before = await onboardingIn('cancelled', tested());
    const write = roundWrite(before, 'failed', { attempts: [] });
    expect(await tested().ledger.saveRound(write)).toBe('fenced');
    expect(await present(tested().ledger, before)).toEqual(before);
  });

  test('a result for an onboarding that is not there is fenced', async () => {
    expect(
      await tested().ledger.saveRound(roundWrite({ ...newOnboarding(), replays: 0 }, 'provisioned')),
    ).toBe('fenced');
  });

  test('provisioned keeps the source and clears error and wait', async () => {
    const { ledger } = tested();
    const before = await onboardingIn('retrying', tested());
    const served = {
      ...RESULTS.provisioned.source,
      connection: 'connected',
      awsState: 'active',
      expiresAt: null,
      expiresAtOrigin: null,
      connectedAt: later(2),
      checkedAt: later(2),
    } as const;
    const { lostSince: _, warnedMs: __, ...source } = served;
    await ledger.saveRound(
      roundWrite(before, 'provisioned', {
        result: { kind: 'provisioned', outcome: 'adopted', source: served },
      }),
    );
    expect(await present(ledger, before)).toEqual({
      ...before,
      ...source,
      status: 'provisioned',
      outcome: 'adopted',
      error: null,
      nextAttemptAt: null,
      attempts: 1,
      updatedAt: later(2),
      completedAt: later(2),
    });
  });

  test('retrying keeps error, wait and counters; a cut run after it spends nothing', async () => {
    const { ledger } = tested();
    const queued = await onboardingIn('queued', tested());
    await ledger.saveRound(roundWrite(queued, 'retrying', { attempts: [newAttempt({ at: later(1) })] }));
    const retrying = await present(ledger, queued);
    expect(retrying).toEqual({
      ...queued,
      status: 'retrying',
      error: provisioningError(),
      nextAttemptAt: later(5),
      attempts: 1,
      updatedAt: later(2),
    });
    const context = { rounds: 1, streak: 1, firstCallAt: Date.parse(later(1)) };
    expect(await ledger.loadRun(queued.id)).toEqual({ onboarding: retrying, ...context });
    const cut = { at: later(6), attempts: [newAttempt({ at: later(5) })] };
    expect(await ledger.saveRound(roundWrite(queued, 'interrupted', cut))).toBe('saved');
    expect(await ledger.loadRun(queued.id)).toEqual({
      onboarding: { ...retrying, attempts: 2, updatedAt: later(6) },
      ...context,
    });
  });

  test('failed is completed and has no next attempt', async () => {
    const { ledger } = tested();
    const before = await onboardingIn('retrying', tested());
    await ledger.saveRound(roundWrite(before, 'failed'));
    expect(await present(ledger, before)).toMatchObject({
      status: 'failed',
      error: RESULTS.failed.error,
      nextAttemptAt: null,
      completedAt: later(2),
      outcome: null,
      eventSourceArn: null,
    });
  });

  test('an onboarding without a call has no first call', async () => {
    const { id } = await onboardingIn('queued', tested());
    expect(await tested().ledger.loadRun(id)).toMatchObject({ rounds: 0, streak: 0, firstCallAt: null });
    expect(await tested().ledger.loadRun(newOnboarding().id)).toBeUndefined();
  });

  test('attempts are numbered on over rounds, in their order', async () => {
    const { ledger } = tested();
    const { id, replays } = await onboardingIn('queued', tested());
    const all = OUTCOME_KINDS.map((outcome, index) =>
      newAttempt({ outcome, requestId: null, message: null, errorCode: null, at: later(index) }),
    );
    for (const part of [all.slice(0, 3), [], all.slice(3)]) {
      await ledger.saveRound(roundWrite({ id, replays }, 'retrying', { attempts: part }));
    }
    expect(await ledger.attempts(id)).toEqual(
      all.map((attempt, index) => ({ number: index + 1, replay: 0, ...attempt })),
    );
    expect((await present(ledger, { id })).attempts).toBe(all.length);
  });

  test('results that arrive at once are numbered without gap or double, and one end wins', async () => {
    const { ledger } = tested();
    const { id, replays } = await onboardingIn('queued', tested());
    const saved = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        ledger.saveRound(roundWrite({ id, replays }, index % 2 === 0 ? 'provisioned' : 'failed')),
      ),
    );
    const numbers = (await ledger.attempts(id)).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(saved.filter((verdict) => verdict !== 'fenced')).toSatisfy(
      (verdicts: readonly RoundSaved[]) =>
        verdicts.join() === 'saved' || verdicts.toSorted().join() === 'late,saved',
    );
    expect((await present(ledger, { id })).attempts).toBe(20);
  });

  test.each(['SomethingAwsInventsNextYear', 'ÄrgerlicheAusnahme 💥', 'a'.repeat(300), "'; --"])(
    'an unknown error name comes back unchanged: %s',
    async (code) => {
      const { ledger } = tested();
      const before = await onboardingIn('queued', tested());
      const bare: ProvisioningError = {
        code,
        kind: 'transient',
        message: `<b>"${code}"\\n\n`,
        retryable: true,
        at: later(1),
      };
      await ledger.saveRound(
        roundWrite(before, 'retrying', { result: { ...RESULTS.retrying, error: bare } }),
      );
      expect((await present(ledger, before)).error).toEqual(bare);
    },
  );

  test('text that Postgres cannot hold never keeps a result from being saved', async () => {
    const { ledger } = tested();
    const before = await onboardingIn('queued', tested());
    const garbage = 'a\u0000b\ud800c';
    const error = provisioningError({ code: garbage, message: garbage, requestId: garbage });
    const attempt = newAttempt({ errorCode: garbage, message: garbage, requestId: garbage });
    const result = { ...RESULTS.failed, error };
    expect(await ledger.saveRound(roundWrite(before, 'failed', { attempts: [attempt], result }))).toBe(
      'saved',
    );
    const readable = 'a\ufffdb\ufffdc';
    expect((await present(ledger, before)).error).toMatchObject({ code: readable, message: readable });
    expect(await ledger.attempts(before.id)).toMatchObject([{ message: readable, requestId: readable }]);
  });

  test('a write that breaks a rule of the tables leaves nothing of itself', async () => {
    const { ledger } = tested();
    const before = await onboardingIn('queued', tested());
    const attempts = [newAttempt(), newAttempt({ outcome: 'nonsense' as 'created' })];
    await expect(ledger.saveRound(roundWrite(before, 'provisioned', { attempts }))).rejects.toThrow(
      /attempts_outcome_check/,
    );
    expect(await present(ledger, before)).toEqual(before);
    expect(await ledger.attempts(before.id)).toEqual([]);
  });
}
