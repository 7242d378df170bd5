import { expect, test } from 'vitest';
import { STATUSES } from '../../../src/domain/onboarding.ts';
import { nextStatus } from '../../../src/domain/state-machine.ts';
import {
  later,
  newCallback,
  newOnboarding,
  onboardingIn,
  present,
  RESULTS,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

const REQUEST = { replays: 0, actor: 'alice', reason: `wrong account; "see" ticket <7>`, at: later(10) };

export function cancelsOnboardings(tested: () => LedgerUnderTest): void {
  const audited = async (id: string): Promise<readonly unknown[]> =>
    (await tested().ledger.listAudit({ subject: id, action: 'cancel' }, { limit: 10 })).items;

  test.each(STATUSES)('a cancel finds %s', async (status) => {
    const { ledger } = tested();
    const before = await onboardingIn(status, tested());
    const beforehand = await audited(before.id);
    const written = await ledger.cancel(before.id, REQUEST);
    if (nextStatus(status, 'cancel') === undefined) {
      expect(written).toEqual({ kind: 'refused', onboarding: before });
      expect(await present(ledger, before)).toEqual(before);
      expect(await audited(before.id)).toEqual(beforehand);
      return;
    }
    const after = {
      ...before,
      status: 'cancelled',
      nextAttemptAt: null,
      completedAt: later(10),
      updatedAt: later(10),
    };
    expect(written).toEqual({ kind: 'cancelled', onboarding: after });
    expect(await present(ledger, before)).toEqual(after);
    expect(await audited(before.id)).toMatchObject([
      {
        at: later(10),
        actor: 'alice',
        reason: REQUEST.reason,
        before: { status, error: before.error, completedAt: before.completedAt },
        after: { status: 'cancelled', error: before.error, completedAt: later(10) },
      },
    ]);
  });

  test('is refused at another replay than the one whose job was removed', async () => {
    const { ledger } = tested();
    const failed = await onboardingIn('failed', tested());
    await ledger.replay(failed.id, { from: 'failed', actor: 'bob', reason: 'again', at: later(3) });
    const replayed = await present(ledger, failed);
    expect(await ledger.cancel(failed.id, REQUEST)).toEqual({ kind: 'refused', onboarding: replayed });
    expect(await ledger.cancel(failed.id, { ...REQUEST, replays: 1 })).toMatchObject({ kind: 'cancelled' });
  });

  test('an onboarding that is not there cannot be cancelled', async () => {
    expect(await tested().ledger.cancel(newOnboarding().id, REQUEST)).toEqual({ kind: 'notFound' });
  });

  test('is told once, with the next number, to whom an end is told', async () => {
    const { ledger, quiet, sql } = tested();
    const told = async (id: string): Promise<readonly Record<string, unknown>[]> =>
      sql(`select type, number, late, destination, data ->> 'status' as status, data ->> 'completed_at' as at
        from onboarding.deliveries where onboarding_id = '${id}' order by number`);
    const callbackUrl = newCallback();
    const own = await onboardingIn('failed', tested(), { callbackUrl });
    await Promise.all([1, 2, 3].map(async () => quiet.cancel(own.id, REQUEST)));
    expect(await told(own.id)).toMatchObject([
      { type: 'onboarding.failed', number: 1 },
      { type: 'onboarding.cancelled', number: 2, late: false, destination: 'callback', status: 'cancelled' },
    ]);
    const others = await onboardingIn('queued', tested());
    await ledger.cancel(others.id, REQUEST);
    expect(await told(others.id)).toMatchObject([
      { type: 'onboarding.cancelled', number: 1, destination: 'webhook' },
    ]);
    const nobodys = await onboardingIn('queued', tested());
    await quiet.cancel(nobodys.id, REQUEST);
    expect(await told(nobodys.id)).toEqual([]);
  });

  test.each(['provisioned', 'failed', 'retrying'] as const)(
    'a run that ends %s afterwards is kept as attempts, and changes nothing else',
    async (end) => {
      const { ledger } = tested();
      const cancelled = await onboardingIn('cancelled', tested());
      expect(await ledger.saveRound(roundWrite(cancelled, end, { at: later(11) }))).toBe('fenced');
      expect(await present(ledger, cancelled)).toEqual({ ...cancelled, attempts: 1, updatedAt: later(11) });
      expect(await ledger.attempts(cancelled.id)).toMatchObject([{ number: 1 }]);
    },
  );

  test('a success that comes after a failure was cancelled does not bring it back', async () => {
    const { ledger } = tested();
    const failed = await onboardingIn('failed', tested());
    await ledger.cancel(failed.id, REQUEST);
    expect(await ledger.saveRound(roundWrite(failed, 'provisioned'))).toBe('fenced');
    expect(await present(ledger, failed)).toMatchObject({ status: 'cancelled', eventSourceArn: null });
    expect(RESULTS.provisioned.source.eventSourceArn).not.toBeNull();
  });

  test('a cancelled one does not hold its name: the next has an id of its own, whatever its account', async () => {
    const { ledger } = tested();
    const cancelled = await onboardingIn('cancelled', tested());
    const { region, sourceName } = cancelled;
    const again = newOnboarding({ region, sourceName, account: '000000000202' });
    expect(await ledger.accept([again])).toMatchObject([{ kind: 'accepted', onboarding: { id: again.id } }]);
    expect(await ledger.accept([newOnboarding({ region, sourceName })])).toMatchObject([{ kind: 'taken' }]);
    expect(await ledger.findHolders([cancelled])).toMatchObject([{ id: again.id }]);
  });
}
