import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bodyFingerprint, keyDigest } from '../../../../src/api/http/idempotency.ts';

test.each([
  ['the order of members', '{"a":1,"b":{"c":[1,2],"d":null}}', '{"b":{"d":null,"c":[1,2]},"a":1}'],
  ['white space', '{"a":"x"}', ' { "a" : "x" } '],
  ['the spelling of a number', '{"a":1.0}', '{"a":1}'],
])('%s makes no other body', async (_what, one, other) => {
  expect(await bodyFingerprint(JSON.parse(one))).toBe(await bodyFingerprint(JSON.parse(other)));
});

test.each([
  ['a value', '{"a":"x"}', '{"a":"y"}'],
  ['a type', '{"a":"1"}', '{"a":1}'],
  ['a member that is null', '{"a":1}', '{"a":1,"b":null}'],
  ['the order of a list', '[1,2]', '[2,1]'],
  ['where a list ends', '[[1],2]', '[[1,2]]'],
  ['where a text ends', '{"a":"x\\",\\"b\\":\\"y"}', '{"a":"x","b":"y"}'],
  ['a member by the name of __proto__', '{"__proto__":{"a":1}}', '{"a":1}'],
])('%s makes another body', async (_what, one, other) => {
  expect(await bodyFingerprint(JSON.parse(one))).not.toBe(await bodyFingerprint(JSON.parse(other)));
});

test('no body at all is a body too', async () => {
  expect(await bodyFingerprint(undefined)).toBe(await bodyFingerprint(null));
});

test.each([
  ['{"b":[1,{"d":"é","c":null}],"a":true}', '{"a":true,"b":[1,{"c":null,"d":"é"}]}'],
  ['[{"b":1,"a":2}, [], "x", 3]', '[{"a":2,"b":1},[],"x",3]'],
  ['[]', '[]'],
  ['["one"]', '["one"]'],
])('of %s is the hash that older versions have stored', async (body, canonical) => {
  const stored = createHash('sha256').update(canonical).digest('hex');
  expect(await bodyFingerprint(JSON.parse(body))).toBe(stored);
});

test('caller, route and key all count', () => {
  const parts = { tokenSha256: 'a', route: '/r', key: 'k' };
  const digests = [
    parts,
    { ...parts, tokenSha256: 'b' },
    { ...parts, route: '/s' },
    { ...parts, key: 'l' },
  ].map(keyDigest);
  expect(new Set(digests).size).toBe(4);
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
});
