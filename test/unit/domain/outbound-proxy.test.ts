import { describe, expect, test } from 'vitest';
import { noProxyEntries, proxyFor, proxyOrigin } from '../../../src/domain/outbound-proxy.ts';

const HTTP = 'http://plain.example:3128';
const HTTPS = 'http://secure.example:3128';
const through = (target: string, none = ''): string | undefined =>
  proxyFor(new URL(target), { http: HTTP, https: HTTPS, none: noProxyEntries(none) });

describe('the proxy of a call', () => {
  test('follows the scheme of the target; without one, the call goes straight', () => {
    expect(through('https://events.us-east-1.amazonaws.com/')).toBe(HTTPS);
    expect(through('http://hooks.example/')).toBe(HTTP);
    expect(
      proxyFor(new URL('https://a.example'), { http: HTTP, https: undefined, none: [] }),
    ).toBeUndefined();
  });

  test.each([
    ['*', true],
    ['hooks.example', true],
    ['HOOKS.example', true],
    ['.example', true],
    ['*.example', true],
    ['example', true],
    ['other.example, hooks.example', true],
    ['other.example hooks.example', true],
    ['hooks.example:443', true],
    ['hooks.example:8443', false],
    ['ooks.example', false],
    ['hooks.example.org', false],
    ['', false],
    ['.', false],
  ])('NO_PROXY=%j excepts https://hooks.example: %s', (none, isExcepted) => {
    expect(through('https://hooks.example/', none) === undefined).toBe(isExcepted);
  });

  test.each([
    ['http://127.0.0.1:4010/', '127.0.0.1', true],
    ['http://127.0.0.1:4010/', '127.0.0.1:4010', true],
    ['http://127.0.0.1:4010/', '127.0.0.1:80', false],
    ['http://[::1]:4010/', '[::1]', true],
    ['http://[::1]:4010/', '[::1]:4010', true],
    ['http://a.hooks.example:8080/', 'hooks.example:8080', true],
  ])('%s with NO_PROXY=%j is excepted: %s', (target, none, isExcepted) => {
    expect(through(target, none) === undefined).toBe(isExcepted);
  });

  test('is named without its password', () => {
    expect(proxyOrigin('http://user:pass@proxy.example:3128/')).toBe('http://proxy.example:3128');
  });
});
