import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropFormulaGuards, guardFormulas } from '../../../src/domain/formula-guard.ts';

describe('guardFormulas', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(1)', "'@SUM(1)"],
    ['＝1＋1', "'＝1＋1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠SUM(1)', "'＠SUM(1)"],
    [' =1', "' =1"],
    ['\u00a0\u3000=1', "'\u00a0\u3000=1"],
    ['\t=1', "'\t=1"],
    ['\r\n=1', "'\r\n=1"],
    ['\u0000=1', "'\u0000=1"],
    ['\u00ad\u200b\ufeff=1', "'\u00ad\u200b\ufeff=1"],
    ['"=1', '\'"=1'],
    ["'=1", "''=1"],
    ['a;=1;b', "a;'=1;b"],
    ['a; "＝1', 'a;\' "＝1'],
    [';=1;=2', ";'=1;'=2"],
  ])('puts an apostrophe before what a spreadsheet would run: %j', (text, guarded) => {
    expect(guardFormulas(text)).toBe(guarded);
    expect(dropFormulaGuards(guarded)).toBe(text);
  });

  it.each(['', 'a', 'a=1', 'a;b', ';', "'", "it's", "'a", '000000000101', 'a,=1', '; ;', 'aws.partner/a-b'])(
    'leaves alone what is none: %j',
    (text) => {
      expect(guardFormulas(text)).toBe(text);
      expect(dropFormulaGuards(text)).toBe(text);
    },
  );

  it('is taken back exactly, whatever the text', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'=+-@＝＋－＠;\'" \u00a0\t\u200ba1'.split('')) });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), (text) => {
        expect(dropFormulaGuards(guardFormulas(text))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});
