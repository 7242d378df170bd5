import { expect, test } from 'vitest';
import { storableJson } from '../../../src/domain/storable-json.ts';

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
