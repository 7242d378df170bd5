import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstIdAt, importId, isOnboardingId, jobId, onboardingId } from '../../../src/domain/ids.ts';

const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const randomness = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('an onboarding id', () => {
  test('has the form that its own check accepts', () => {
    fc.assert(
      fc.property(instant, randomness, (at, random) => {
        const id = onboardingId(at, random);
        expect(id).toMatch(/^onb_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
        expect(isOnboardingId(id)).toBe(true);
      }),
    );
  });

  test('comes after the first of its instant, and before the first of the next', () => {
    fc.assert(
      fc.property(instant, randomness, (at, random) => {
        expect(firstIdAt(at) < onboardingId(at, random)).toBe(true);
        fc.pre(at + 1 < 2 ** 48);
        expect(onboardingId(at, random) < firstIdAt(at + 1)).toBe(true);
      }),
    );
    expect(firstIdAt(-1)).toBe(firstIdAt(0));
  });

  test('sorts as text in the order of time, whatever the randomness', () => {
    fc.assert(
      fc.property(instant, instant, randomness, randomness, (a, b, randomA, randomB) => {
        fc.pre(a !== b);
        expect(onboardingId(a, randomA) < onboardingId(b, randomB)).toBe(a < b);
      }),
    );
  });

  test('sorts the smallest steps in the order of time', () => {
    const first = new Uint8Array(16).fill(31);
    const second = new Uint8Array(16);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), (at) => {
        expect(onboardingId(at, first) < onboardingId(at + 1, second)).toBe(true);
      }),
    );
  });

  test('differs when five bits of any byte differ', () => {
    fc.assert(
      fc.property(
        instant,
        randomness,
        fc.nat({ max: 15 }),
        fc.integer({ min: 1, max: 31 }),
        (at, random, index, flip) => {
          const other = Uint8Array.from(random);
          other[index] = other[index]! ^ flip;
          expect(onboardingId(at, other)).not.toBe(onboardingId(at, random));
        },
      ),
    );
  });

  test('begins as the ULID that the specification gives for a known instant', () => {
    // github.com/ulid/javascript, README, "Seed Time": ulid(1469918176385) // 01ARYZ6S41TSV4RRFFQ69G5FAV
    expect(onboardingId(1_469_918_176_385, new Uint8Array(16))).toBe('onb_01aryz6s410000000000000000');
  });

  test('uses no byte after the sixteenth and of each byte five bits', () => {
    const random = Uint8Array.from({ length: 20 }, (_, index) => index * 33);
    expect(onboardingId(0, random)).toBe('onb_00000000000123456789abcdef');
  });

  test.each([
    ['another prefix', 'imp_01arz3ndek0000000000000000'],
    ['upper case', 'onb_01ARZ3NDEK0000000000000000'],
    ['25 characters', 'onb_01arz3ndek000000000000000'],
    ['27 characters', 'onb_01arz3ndek00000000000000000'],
    ['the letters that Crockford leaves out', 'onb_01arz3ndek000000000000ilou'],
    ['a line break', 'onb_01arz3ndek0000000000000000\n'],
    ['something in front', ' onb_01arz3ndek0000000000000000'],
    ['nothing', ''],
  ])('is not one with %s', (_what, input) => {
    expect(isOnboardingId(input)).toBe(false);
  });
});

test('an import id has its own prefix and is no onboarding id', () => {
  const id = importId(0, new Uint8Array(16));
  expect(id).toBe('imp_00000000000000000000000000');
  expect(isOnboardingId(id)).toBe(false);
});

test('a job id names the onboarding and its replay, and has no colon, which BullMQ refuses', () => {
  const id = onboardingId(0, new Uint8Array(16));
  expect(jobId(id, 0)).toBe(`${id}-r0`);
  expect(jobId(id, 12)).toBe(`${id}-r12`);
  expect(jobId(id, 12)).not.toContain(':');
});
