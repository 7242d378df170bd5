import { describe, expect, test } from 'vitest';
import { isAllowedHost, parseCallbackUrl } from '../../../src/domain/callback-url.ts';

const ALLOW = ['hooks.internal', 'localhost:8080', '127.0.0.1:443', '[::1]:9000'];

describe('a callback address', () => {
  test.each([
    'https://hooks.example/a?b=c',
    'https://hooks.internal/',
    'http://hooks.internal/x',
    'http://hooks.internal:1234/x',
    'http://localhost:8080',
    'HTTP://LOCALHOST:8080/x',
  ])('is taken: %s', (url) => {
    expect(parseCallbackUrl(url, ALLOW)).toEqual({ ok: true, value: url });
  });

  test.each([
    'http://hooks.example/',
    'http://localhost/',
    'http://localhost:8081/',
    'http://evil.hooks.internal/',
    'http://hooks.internal.evil.example/',
    'http://hooks.internal@evil.example/',
    'http://evil.example\\@hooks.internal/',
    'http://evil.example#@hooks.internal/',
    'ftp://hooks.internal/',
    'http:hooks.internal/',
    // No IPv6 by its numbers: the SQL function could not judge its spellings.
    'http://[::1]:9000/x',
    'https://[2001:db8::1]/x',
  ])('is refused: %s', (url) => {
    expect(parseCallbackUrl(url, ALLOW)).toMatchObject({
      ok: false,
      issues: [{ field: 'callbackUrl', code: 'invalid_url' }],
    });
  });

  test('is plain http nowhere, unless a host is allowed', () => {
    expect(parseCallbackUrl('http://hooks.internal/x')).toMatchObject({ ok: false });
  });
});

test.each([
  ['https://127.0.0.1/', true],
  ['https://127.0.0.1:443/', true],
  ['http://127.0.0.1/', false],
  ['https://127.1/', true],
  ['https://127.0.0.1:444/', false],
])('an entry with a port allows that port alone: %s %s', (url, expected) => {
  expect(isAllowedHost(new URL(url), ALLOW)).toBe(expected);
});
