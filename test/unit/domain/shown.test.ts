import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shown, shownUrl } from '../../../src/domain/shown.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat({ max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
/** What Unicode calls controls, format characters, separators and ignorable, and every blank but the space. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

describe('a value in a message', () => {
  test.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['a"b\\', String.raw`"a\"b\\"`],
    ['us-east-1 ', '"us-east-1 " (has surrounding blanks)'],
    ['\u00a0x', String.raw`"\u00a0x" (has surrounding blanks)`],
    ['\ufeffx', String.raw`"\ufeffx" (has surrounding blanks)`],
    ['x\r\n', String.raw`"x\r\n" (has surrounding blanks)`],
    ['us-\u200beast-1', String.raw`"us-\u200beast-1" (has invisible characters)`],
    [' \u2060x', String.raw`" \u2060x" (has surrounding blanks and invisible characters)`],
    ['\u001b[2J', String.raw`"\u001b[2J" (has invisible characters)`],
    ['a\u{e0041}b', String.raw`"a\udb40\udc41b" (has invisible characters)`],
    ['٠١٢', '"٠١٢" (has digits other than 0-9)'],
    ['１２', '"１２" (has digits other than 0-9)'],
    ['eu-wеst-1', '"eu-wеst-1" (has letters of another alphabet)'],
    ['Ελλάδα', '"Ελλάδα"'],
    ['\ud83d', String.raw`"\ud83d"`],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    ['🚧'.repeat(61), `"${'🚧'.repeat(60)}…"`],
    [111, '111'],
    [-0, '0'],
    [1e21, '1e+21'],
    [NaN, 'NaN'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ a: 'secret' }, '{…}'],
    [[], '[]'],
    [['a', 1, null], '["a", 1, null]'],
    [['a', ['b'], { c: 1 }, 'd'], '["a", […], {…}, …]'],
  ])('%j is shown as %s', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  test('is cut also where it is no text', () => {
    expect(shown(10n ** 80n)).toBe(`1${'0'.repeat(59)}`);
  });

  test('has nothing that cannot be seen and is short', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shown(text)).not.toMatch(unseen);
        expect(shown(text).length).toBeLessThan(850);
        const [quoted = ''] = /^".*"(?= \(|$)/s.exec(shown(text)) ?? [];
        if (!quoted.endsWith('…"')) expect(JSON.parse(quoted)).toBe(text);
      }),
    );
  });

  test('has every character of Unicode that cannot be seen as an escape', () => {
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const character = String.fromCodePoint(point);
      if (unseen.test(character)) expect(shown(`a${character}b`), point.toString(16)).toMatch(/\\/);
    }
  });
});

test.each([
  ['https://c/d', '"https://c/d"'],
  ['https://user:pass@c/d', '"https://…@c/d"'],
  ['https://user:p/a?s#s@c/d', '"https://…@c/d"'],
  ['user:pass@c', '"…@c"'],
  ['http://c/d?token=x', '"http://c/d?…"'],
  ['http://c/d#token', '"http://c/d#…"'],
])('of the address %s only %s is shown', (url, text) => {
  expect(shownUrl(url)).toBe(text);
});
