import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shownKey, utf8Length } from '../../../src/domain/text.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat({ max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const actedOn = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('a key that is shown', () => {
  test('holds nothing that a terminal or the ledger chokes on', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const key = shownKey(text);
        expect(key).not.toMatch(actedOn);
        expect(key.isWellFormed()).toBe(true);
        expect(key.length).toBeLessThanOrEqual(64);
      }),
    );
  });

  test('is well formed even when the cut goes through an emoji', () => {
    expect(shownKey(`${'x'.repeat(63)}🚧`)).toBe(`${'x'.repeat(63)}\ufffd`);
  });
});

test('the length in bytes is that of UTF-8', () => {
  for (const edge of ['\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\u{10000}']) {
    expect(utf8Length(edge)).toBe(new TextEncoder().encode(edge).length);
  }
  fc.assert(
    fc.property(anyText, (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});
