import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccountId } from '../../../src/domain/account.ts';
import {
  judgeHolding,
  succeeded,
  type AttemptOutcome,
  type SourceAccount,
} from '../../../src/domain/outcome.ts';
import { OUTCOME_KINDS } from '../../../src/domain/outcome-kind.ts';

const ours = '111111111111' as AccountId;
const theirs = '222222222222' as AccountId;
const others = '333333333333' as AccountId;

const record = (account: AccountId, state: SourceAccount['state']): SourceAccount => ({ account, state });

describe('a name that exists already', () => {
  test.each(['pending', 'active', 'unknown'] as const)('is ours when our record is %s', (state) => {
    const own = record(ours, state);
    expect(judgeHolding(ours, [own])).toEqual({ kind: 'ours', record: own });
  });

  test.each([
    ['in front of', [record(ours, 'pending'), record(theirs, 'active')]],
    ['behind', [record(theirs, 'active'), record(ours, 'pending')]],
    ['behind our own deleted one, and', [record(ours, 'deleted'), record(ours, 'pending')]],
  ])('is ours when our living record stands %s another one', (_where, records) => {
    expect(judgeHolding(ours, records)).toEqual({ kind: 'ours', record: record(ours, 'pending') });
  });

  test.each(['pending', 'active', 'unknown'] as const)(
    'is a conflict when only another account has it, as %s',
    (state) => {
      expect(judgeHolding(ours, [record(theirs, state)])).toEqual({ kind: 'conflict', heldBy: theirs });
    },
  );

  test('is a conflict when our record is deleted and another account holds it', () => {
    expect(judgeHolding(ours, [record(ours, 'deleted'), record(theirs, 'pending')])).toEqual({
      kind: 'conflict',
      heldBy: theirs,
    });
  });

  test('names the living holder, not a deleted one', () => {
    expect(judgeHolding(ours, [record(theirs, 'deleted'), record(others, 'active')])).toEqual({
      kind: 'conflict',
      heldBy: others,
    });
  });

  test('is unsettled without any record, and says so', () => {
    const holding = judgeHolding(ours, []);
    expect(holding.kind).toBe('unsettled');
    expect(holding).toMatchObject({ reason: expect.stringContaining('no account') as string });
  });

  test.each([
    ['ours', [record(ours, 'deleted')]],
    ["another account's", [record(theirs, 'deleted')]],
  ])('is unsettled when the only record is deleted and %s', (_whose, records) => {
    const holding = judgeHolding(ours, records);
    expect(holding).toMatchObject({
      kind: 'unsettled',
      reason: expect.stringContaining('DELETED') as string,
    });
  });

  test('is never ours without a living record of exactly our account', () => {
    const anyRecord = fc.record({
      account: fc.constantFrom(ours, theirs, others),
      state: fc.constantFrom('pending', 'active', 'deleted', 'unknown'),
    }) as fc.Arbitrary<SourceAccount>;
    fc.assert(
      fc.property(fc.array(anyRecord), (records) => {
        const living = records.filter(({ state }) => state !== 'deleted');
        const holding = judgeHolding(ours, records);
        const own = records.find(({ account }) => account === ours);
        if (holding.kind === 'ours') {
          expect(holding.record.account).toBe(ours);
          expect(living).toContain(holding.record);
        } else if (holding.kind === 'conflict') {
          expect(holding.heldBy).not.toBe(ours);
          expect(living.map(({ account }) => account)).toContain(holding.heldBy);
        } else {
          expect(living.filter(({ account }) => account !== ours)).toEqual([]);
          expect(own?.state ?? 'deleted').toBe('deleted');
        }
      }),
    );
  });
});

test('created and adopted are the successes and there are no others', () => {
  expect(OUTCOME_KINDS.filter((kind) => succeeded({ kind } as AttemptOutcome))).toEqual([
    'created',
    'adopted',
  ]);
});
