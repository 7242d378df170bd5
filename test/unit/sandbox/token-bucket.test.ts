import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullBucket, takeToken, type Bucket } from '../../../src/sandbox/token-bucket.ts';

const quota = { perSecond: 10, burst: 3 };

/** How many of the calls at these moments are allowed. */
function allowed(atMs: readonly number[], start: Bucket = fullBucket(quota, 0)): number {
  let bucket = start;
  let count = 0;
  for (const ms of atMs) {
    const taken = takeToken(bucket, quota, ms);
    bucket = taken.bucket;
    if (taken.allowed) count += 1;
  }
  return count;
}

describe('the token bucket', () => {
  it('lets a burst through and no more', () => {
    expect(allowed([0, 0, 0, 0, 0])).toBe(3);
  });

  it('lets the next call through once one token has come back, not earlier', () => {
    expect(allowed([0, 0, 0, 99])).toBe(3);
    expect(allowed([0, 0, 0, 100])).toBe(4);
  });

  it('holds no more than the burst after a long rest', () => {
    expect(allowed([60_000, 60_000, 60_000, 60_000])).toBe(3);
  });

  it('refills nothing when the time goes back', () => {
    expect(allowed([1000, 1000, 1000, 0, 500, 1000])).toBe(3);
  });

  it('takes nothing away when the time goes back', () => {
    expect(allowed([1000, 1000, 0])).toBe(3);
  });

  it('never lets more through than burst and refill allow', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 300 }), (gapsMs) => {
        let nowMs = 0;
        const moments = gapsMs.map((gap) => (nowMs += gap));
        expect(allowed(moments)).toBeLessThanOrEqual(quota.burst + (nowMs / 1000) * quota.perSecond);
      }),
    );
  });
});
