import { expect, test } from 'vitest';
import type { ApiToken } from '../../../src/runtime/api-token.ts';
import { createLoginLink } from '../../../src/runtime/login-link.ts';

const TOKEN: ApiToken = { role: 'admin', actor: 'admin', sha256: 'ab'.repeat(32) };
const TEN_MINUTES_MS = 600_000;

function linkAt() {
  let now = Date.UTC(2026, 10, 25);
  const link = createLoginLink(TOKEN, { now: () => now });
  return { link, wait: (ms: number) => (now += ms) };
}

test('a link logs its bearer in once', () => {
  const { link } = linkAt();
  expect(link.word).toMatch(/^[\w-]{32}$/);
  expect(link.use(link.word.slice(1))).toBeUndefined();
  expect(link.use('')).toBeUndefined();
  expect(link.use(link.word)).toBe(TOKEN);
  expect(link.use(link.word)).toBeUndefined();
});

test('a link lasts ten minutes and no longer', () => {
  const { link, wait } = linkAt();
  wait(TEN_MINUTES_MS);
  expect(link.use(link.word)).toBe(TOKEN);
  link.giveBack();
  wait(1);
  expect(link.use(link.word)).toBeUndefined();
});

test('a link that led to no login is good for another try', () => {
  const { link } = linkAt();
  link.use(link.word);
  link.giveBack();
  expect(link.use(link.word)).toBe(TOKEN);
});
