import { describe, expect, it } from 'vitest';
import { nextCreateFault, nextReadFault, parseFaultScript } from '../../../src/sandbox/fault-script.ts';

const script = (lastSegment: string) =>
  parseFaultScript(`aws.partner/acme.example/cme-9.limit/${lastSegment}`);

/** The faults of the first creates, `-` for one that goes through. */
function run(lastSegment: string, creates: number): string[] {
  const parsed = script(lastSegment);
  let used: readonly number[] = [];
  return Array.from({ length: creates }, () => {
    const next = nextCreateFault(parsed, used);
    used = next?.used ?? used;
    return next?.fault ?? '-';
  });
}

describe('fault scripts', () => {
  it.each([
    ['orders', ['-', '-']],
    ['cme-2', ['cme', 'cme', '-']],
    ['orders.cme-1', ['cme', '-']],
    ['cme-1.applied-1', ['cme', 'applied', '-']],
    ['applied-1.cme-1', ['applied', 'cme', '-']],
    ['cme-1.orders.cme-1', ['cme', 'cme', '-']],
    ['limit', ['limit', 'limit', 'limit']],
    ['internal-1.denied', ['internal', 'denied', 'denied']],
    ['denied.internal-1', ['denied', 'denied', 'denied']],
    ['mine.cme-1', ['cme', '-']],
    ['listfail-3.cme-1', ['cme', '-']],
    ['cme-0', ['-']],
    ['cme', ['-']],
    ['cme-x', ['-']],
    ['CME-1', ['-']],
    ['cme-1x', ['-']],
    ['cme_1', ['-']],
    ['cme-0000001', ['-']],
    ['constructor-1', ['-']],
    ['limits', ['-']],
    ['.cme-1..', ['cme', '-']],
  ])('%s strikes creates as %j', (lastSegment, expected) => {
    expect(run(lastSegment, expected.length)).toEqual(expected);
  });

  it('reads the properties wherever they stand', () => {
    expect(script('after-7.noarn.other.pages-2.cme-1')).toEqual({
      steps: [{ fault: 'cme', times: 1 }],
      seed: 'other',
      withoutArn: true,
      retryAfterSeconds: 7,
      emptyPages: 2,
    });
  });

  it('takes the first of several seeds', () => {
    expect(script('mine.gone').seed).toBe('mine');
  });

  it('counts the faults of the two reads apart from each other and from creates', () => {
    const parsed = script('cme-1.listfail-1.describefail-2');
    expect(nextReadFault(parsed, [], 'listfail')).toEqual([0, 1, 0]);
    expect(nextReadFault(parsed, [0, 1, 0], 'listfail')).toBeUndefined();
    expect(nextReadFault(parsed, [0, 1, 1], 'describefail')).toEqual([0, 1, 2]);
    expect(nextReadFault(parsed, [0, 1, 2], 'describefail')).toBeUndefined();
  });

  it('keeps no counter for a refusal', () => {
    const used: readonly number[] = [];
    expect(nextCreateFault(script('limit'), used)?.used).toBe(used);
  });
});
