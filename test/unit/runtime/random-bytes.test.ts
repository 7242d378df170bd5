import { expect, it } from 'vitest';
import { createRandomBytes } from '../../../src/runtime/random-bytes.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('gives as many as were asked for, and none of them twice', () => {
  const randomBytes = createRandomBytes();
  const given = new Set<string>();
  for (let n = 0; n < 2_000; n += 1) given.add(hex(randomBytes(16)));
  expect(given.size).toBe(2_000);
  for (const count of [0, 1, 10, 4_095, 4_096, 4_097, 10_000]) expect(randomBytes(count)).toHaveLength(count);
});

it('what was given does not change afterwards', () => {
  const randomBytes = createRandomBytes();
  const first = randomBytes(16);
  const before = hex(first);
  for (let n = 0; n < 1_000; n += 1) randomBytes(16);
  expect(hex(first)).toBe(before);
});

it('two of them give different ones', () => {
  expect(hex(createRandomBytes()(16))).not.toBe(hex(createRandomBytes()(16)));
});
