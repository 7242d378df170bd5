import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  JSON_DEPTH_MAX,
  JSON_VALUES_MAX,
  jsonExcess,
  repeatedName,
  storableJson,
} from '../../../src/domain/json.ts';

const excessOf = (text: string): string | undefined => jsonExcess(Buffer.from(text));
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const list = (element: string, count: number): string => `[${Array(count).fill(element).join(',')}]`;

describe('JSON', () => {
  test.each([
    ['lists', nested],
    ['objects', (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)],
    ['both by turns', (levels: number) => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2)],
  ])('may nest %s to the bound, and no deeper', (_what, nest) => {
    expect(excessOf(nest(JSON_DEPTH_MAX))).toBeUndefined();
    expect(excessOf(nest(JSON_DEPTH_MAX + 2))).toBe('depth');
  });

  test('may hold as many lists side by side as values', () => {
    expect(excessOf(list(nested(2), 20_000))).toBeUndefined();
  });

  test.each([
    ['numbers', '0', 1],
    ['texts', '""', 1],
    ['empty lists', '[]', 2],
    ['empty objects', '{}', 2],
    ['members', '{"a":0,"b":0}', 3],
    ['the same member again and again', '{"a":0,"a":0}', 3],
  ])('may hold %s up to the bound on values, and no more', (_what, element, values) => {
    const most = Math.floor(JSON_VALUES_MAX / values);
    expect(excessOf(list(element, most))).toBeUndefined();
    expect(excessOf(list(element, most + 2))).toBe('values');
  });

  test('is refused at its first excess, whatever comes after it', () => {
    expect(excessOf('['.repeat(JSON_DEPTH_MAX + 1))).toBe('depth');
    expect(excessOf(`[${',0'.repeat(JSON_VALUES_MAX)}`)).toBe('values');
  });
});

describe('a text', () => {
  test.each([
    ['brackets', '[{'.repeat(500_000)],
    ['commas', ','.repeat(500_000)],
    ['escaped quotes', '",['.repeat(200_000)],
    ['backslashes before its end', '\\'.repeat(99_999)],
    ['other writing', 'é€🏭[,'.repeat(100_000)],
  ])('may hold any number of %s', (_what, text) => {
    expect(excessOf(JSON.stringify([text, { [text]: text }]))).toBeUndefined();
  });

  test('that has no end hides nothing before it', () => {
    expect(excessOf(`${nested(40)}"`)).toBe('depth');
    expect(excessOf('"\\')).toBeUndefined();
    expect(excessOf('')).toBeUndefined();
  });
});

test('what is within the bounds is what a parser would find to be', () => {
  const value = fc.tuple(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 2 * JSON_DEPTH_MAX }));
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), ([inner, levels], indent) => {
      const deep = Array.from({ length: levels }).reduce<unknown>((within) => [within], inner);
      const excess = jsonExcess(Buffer.from(JSON.stringify(deep, null, indent)));
      expect(excess).toBe(depthOf(deep) > JSON_DEPTH_MAX ? 'depth' : undefined);
    }),
  );
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test.each([
  ['NUL', 'a\u0000b', 'a\u0001b'],
  ['the first half of a pair alone', '\ud83d!', '\u0001!'],
  ['the second half of a pair alone', '\udea7', '\u0001'],
])('puts another control character in the place of %s, in values and in keys', (_what, text, stored) => {
  expect(JSON.parse(storableJson({ [text]: [text] }))).toEqual({ [stored]: [stored] });
});

test.each([
  { text: '🚧 \n\t\u001f "quoted" \\' },
  { text: String.raw`\u0000 \ud83d \\u0000` },
  [1, null, true, { a: [] }],
  'text',
  null,
])('leaves %j as it is', (value) => {
  expect(storableJson(value)).toBe(JSON.stringify(value));
});

test('has null for what JSON does not know', () => {
  expect(storableJson(undefined)).toBe('null');
});

describe('a name that an object has twice', () => {
  const found = (json: string): string | undefined => repeatedName(json, JSON.parse(json));

  test.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"b":{"c":[{"d":1,"\\u0064":2}]}}', 'd'],
    ['{"":1,"":2}', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    [String.raw`{"a\"":1,"a\\":{"a\"":1},"a\\":2}`, 'a\\'],
    [`[{"a":"${':'.repeat(9)}"},{"a":1,"b":2,"b":3}]`, 'b'],
  ])('is found in %s', (json, name) => {
    expect(found(json)).toBe(name);
  });

  test('is found wherever it is, and nowhere else', () => {
    const text = fc.oneof(fc.string({ unit: fc.constantFrom('"', '\\', ':', '{', '}', 'a') }), fc.string());
    const json = fc.jsonValue({ stringUnit: fc.constantFrom('"', '\\', ':', '{', '}', 'a') });
    fc.assert(
      fc.property(json, text, json, (value, name, other) => {
        expect(found(JSON.stringify(value))).toBeUndefined();
        const [key, one, two] = [name, value, other].map((it) => JSON.stringify(it));
        expect(found(`[${two},{${key}:${one},"":{}, ${key}:${two}}]`)).toBe(name);
      }),
    );
  });
});
