import { describe, expect, it } from 'vitest';
import { withoutBasePath } from '../../../../src/api/http/base-path.ts';

describe('the address of a request below a path', () => {
  it.each([
    ['/onboard', '/'],
    ['/onboard/', '/'],
    ['/onboard?a=/onboard', '/?a=/onboard'],
    ['/onboard/v1/events?a=b', '/v1/events?a=b'],
    ['/onboard/onboard', '/onboard'],
    // A proxy has removed it, or it is another's.
    ['/v1/events', '/v1/events'],
    ['/onboardings', '/onboardings'],
    ['/', '/'],
  ])('of %s is %s', (url, inside) => {
    expect(withoutBasePath(url, '/onboard')).toBe(inside);
  });

  it('stays as it is at the root of a host', () => {
    expect(withoutBasePath('/onboardings', '')).toBe('/onboardings');
  });
});
