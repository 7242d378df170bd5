import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { KeyedCall, NewOnboarding } from '../../../src/domain/acceptance.ts';
import { AT, later, type LedgerUnderTest, newOnboarding, ownRegion } from '../../support/ledger-fixtures.ts';

const DAY = 24 * 60;

/** A call under a key of its own; its answer tells what became of its requests. */
function keyedCall(
  requests: readonly NewOnboarding[] = [newOnboarding()],
  overrides: Partial<KeyedCall> = {},
): KeyedCall {
  return {
    key: randomBytes(32).toString('hex'),
    fingerprint: 'one',
    at: AT,
    requests,
    answer: (acceptances) => acceptances.map(({ kind, onboarding }) => `${kind} ${onboarding.id}`).join(),
    ...overrides,
  };
}

export function acceptsKeyedCalls(tested: () => LedgerUnderTest): void {
  const ledger = (): LedgerUnderTest['ledger'] => tested().ledger;

  test('the first call is recorded, and its repetition gets the same answer and changes nothing', async () => {
    const [first, other] = [newOnboarding(), newOnboarding()];
    const call = keyedCall([first]);
    const answer = `accepted ${first.id}`;
    expect(await ledger().acceptKeyed(call)).toMatchObject({
      kind: 'first',
      answer,
      acceptances: [{ kind: 'accepted', onboarding: first }],
    });
    const again = { ...call, requests: [other], at: later(DAY - 1) };
    expect(await ledger().acceptKeyed(again)).toEqual({ kind: 'repeated', answer });
    expect(await ledger().get(other.id)).toBeUndefined();
  });

  test('the same key for something else is refused, and nothing is recorded', async () => {
    const call = keyedCall();
    await ledger().acceptKeyed(call);
    const other = keyedCall([newOnboarding()], { key: call.key, fingerprint: 'two' });
    expect(await ledger().acceptKeyed(other)).toEqual({ kind: 'otherRequest' });
    expect(await ledger().get(other.requests[0]!.id)).toBeUndefined();
  });

  test('a name that is there, or another account’s, is answered and kept like a new one', async () => {
    const holder = newOnboarding();
    await ledger().accept([holder]);
    const same = newOnboarding({ ...holder, id: newOnboarding().id });
    const taken = newOnboarding({ ...same, id: newOnboarding().id, account: '000000000202' });
    const call = keyedCall([same, taken]);
    const answer = `existing ${holder.id},taken ${holder.id}`;
    expect(await ledger().acceptKeyed(call)).toMatchObject({ kind: 'first', answer });
    expect(await ledger().acceptKeyed(call)).toEqual({ kind: 'repeated', answer });
  });

  test('a refusal without any request is kept too', async () => {
    const call = keyedCall([], { answer: () => 'refused' });
    expect(await ledger().acceptKeyed(call)).toEqual({ kind: 'first', acceptances: [], answer: 'refused' });
    expect(await ledger().acceptKeyed(call)).toEqual({ kind: 'repeated', answer: 'refused' });
  });

  test('an answer comes back byte by byte', async () => {
    const answer = `{"b":1, "a" :"\\u0000 \\ud800 'x' $1 %s Größe 🏭"}\n${'x'.repeat(2_000_000)}`;
    const call = keyedCall([], { answer: () => answer });
    await ledger().acceptKeyed(call);
    expect(await ledger().acceptKeyed(call)).toEqual({ kind: 'repeated', answer });
  });

  test('after 24 hours the key is free for another request', async () => {
    const call = keyedCall();
    await ledger().acceptKeyed(call);
    const again = keyedCall([newOnboarding()], { key: call.key, fingerprint: 'two', at: later(DAY) });
    expect(await ledger().acceptKeyed(again)).toMatchObject({ kind: 'first' });
    expect(await ledger().acceptKeyed(again)).toMatchObject({ kind: 'repeated' });
  });

  test('what fails in the midst leaves neither an onboarding nor a key', async () => {
    const request = newOnboarding();
    const call = keyedCall([request]);
    const dies = keyedCall([request], {
      key: call.key,
      fingerprint: 'two',
      answer: () => {
        throw new Error('dies');
      },
    });
    await expect(ledger().acceptKeyed(dies)).rejects.toThrow('dies');
    expect(await ledger().get(request.id)).toBeUndefined();
    expect(await ledger().acceptKeyed(call)).toMatchObject({ kind: 'first' });
  });

  test('fifty calls with one key at once make one row, and all get its answer', async () => {
    const region = ownRegion();
    const key = randomBytes(32).toString('hex');
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => ledger().acceptKeyed(keyedCall([newOnboarding({ region })], { key }))),
    );
    const { items } = await ledger().list({ region }, { limit: 10 });
    expect(items).toHaveLength(1);
    const answered = outcomes.filter(({ kind }) => kind !== 'atWork');
    expect(answered.filter(({ kind }) => kind === 'first')).toHaveLength(1);
    for (const outcome of answered) expect(outcome).toMatchObject({ answer: `accepted ${items[0]!.id}` });
  });

  test('of two bodies under one key at once the first counts', async () => {
    const call = keyedCall();
    const other = { ...call, fingerprint: 'two', requests: [newOnboarding()] };
    const [first, second] = await Promise.all([ledger().acceptKeyed(call), ledger().acceptKeyed(other)]);
    expect([first.kind, second.kind]).toEqual(['first', expect.stringMatching(/^(otherRequest|atWork)$/)]);
  });

  test('calls with and without keys that race for one name make one row and true answers', async () => {
    const region = ownRegion();
    const sourceName = 'aws.partner/acme.example/race/keyed';
    const acceptances = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const request = newOnboarding({ region, sourceName });
        if (index % 2 === 0) return (await ledger().accept([request]))[0]!.kind;
        const outcome = await ledger().acceptKeyed(keyedCall([request]));
        return outcome.kind === 'first' ? outcome.acceptances[0]!.kind : outcome.kind;
      }),
    );
    expect(acceptances.filter((kind) => kind === 'accepted')).toHaveLength(1);
    expect(acceptances.filter((kind) => kind === 'existing')).toHaveLength(39);
    expect((await ledger().list({ region }, { limit: 100 })).items).toHaveLength(1);
  });

  test('a thousand requests under one key are one call', async () => {
    const region = ownRegion();
    const call = keyedCall(Array.from({ length: 1_000 }, () => newOnboarding({ region })));
    const outcome = await ledger().acceptKeyed(call);
    expect(outcome).toMatchObject({ kind: 'first' });
    expect(await ledger().acceptKeyed(call)).toMatchObject({
      kind: 'repeated',
      answer: outcome.kind === 'first' ? outcome.answer : '',
    });
  });

  test('old keys are forgotten in bounded batches, oldest first', async () => {
    const old = '2001-01-01T00:00:00.000Z';
    const ages = [later(2), later(1), later(0), later(60)].map((at) => at.replace('2026', '2001'));
    const calls = ages.map((at) => keyedCall([], { at, answer: () => 'kept' }));
    for (const call of calls) await ledger().acceptKeyed(call);
    const before = ages[3]!;
    expect(await ledger().pruneKeys({ before: old, limit: 10 })).toBe(0);
    expect(await ledger().pruneKeys({ before, limit: 2 })).toBe(2);
    const kinds = async (): Promise<string[]> =>
      Promise.all(
        calls.map(async (call) => (await ledger().acceptKeyed({ ...call, fingerprint: 'other' })).kind),
      );
    expect(await ledger().pruneKeys({ before, limit: 10 })).toBe(1);
    expect(await ledger().pruneKeys({ before, limit: 10 })).toBe(0);
    expect(await kinds()).toEqual(['first', 'first', 'first', 'otherRequest']);
  });
}
