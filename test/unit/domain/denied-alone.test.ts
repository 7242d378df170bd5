import { describe, expect, test } from 'vitest';
import { CLOSED, type CircuitMemory } from '../../../src/domain/circuit.ts';
import { deniedAlone, isDenial } from '../../../src/domain/denied-alone.ts';
import type { Attempt } from '../../../src/domain/onboarding.ts';

const zero = Date.parse('2026-03-04T05:06:00.000Z');
const attempt = (seconds: number, errorCode: string | null = 'AccessDeniedException'): Attempt => ({
  number: seconds,
  replay: 0,
  outcome: errorCode === null ? 'created' : 'operatorFault',
  errorCode,
  message: null,
  requestId: null,
  durationMs: 12,
  at: new Date(zero + seconds * 1_000).toISOString(),
});
const othersSucceed: CircuitMemory = { ...CLOSED, lastSuccessAt: zero + 15_000 };

test.each([
  ['operatorFault', 'AccessDeniedException', true],
  ['operatorFault', 'NotAuthorized', true],
  ['operatorFault', 'ExpiredTokenException', false],
  ['rejected', 'AccessDeniedException', false],
] as const)('%s %s is a denial: %s', (kind, code, expected) => {
  expect(isDenial({ kind, code, message: '' })).toBe(expected);
});

describe('a third denial', () => {
  test('is the onboarding’s own when another one was provisioned since the first', () => {
    expect(deniedAlone([attempt(10), attempt(20)], othersSucceed)).toBe(true);
  });

  test.each<[string, readonly Attempt[], CircuitMemory]>([
    ['it is only the second', [attempt(10)], othersSucceed],
    ['it is the first', [], othersSucceed],
    ['nobody was provisioned since the first', [attempt(20), attempt(30)], othersSucceed],
    ['nobody ever was', [attempt(10), attempt(20)], CLOSED],
    [
      'another fault lies between',
      [attempt(5), attempt(10, 'ExpiredTokenException'), attempt(12)],
      othersSucceed,
    ],
    ['the circuit is open', [attempt(10), attempt(20)], { ...othersSucceed, state: 'open' }],
    [
      'the circuit closed after the first',
      [attempt(10), attempt(20)],
      { ...othersSucceed, lastClosedAt: zero + 11_000 },
    ],
  ])('is not when %s', (_, earlier, circuit) => {
    expect(deniedAlone(earlier, circuit)).toBe(false);
  });

  test('is its own when the circuit closed twice between them, however it opened', () => {
    const closings = { ...othersSucceed, closedBeforeAt: zero + 11_000, lastClosedAt: zero + 21_000 };
    expect(deniedAlone([attempt(10), attempt(12), attempt(20)], closings)).toBe(true);
  });

  test.each<[string, readonly Attempt[], Partial<CircuitMemory>]>([
    ['closed once between them', [attempt(10), attempt(12)], { lastClosedAt: zero + 11_000 }],
    [
      'closed twice between the same two',
      [attempt(10), attempt(12)],
      { closedBeforeAt: zero + 13_000, lastClosedAt: zero + 14_000 },
    ],
    [
      'closed twice, the first time before all of them',
      [attempt(10), attempt(12)],
      { closedBeforeAt: zero + 9_000, lastClosedAt: zero + 13_000 },
    ],
    [
      'closed twice, and nobody was provisioned since the first of them',
      [attempt(10), attempt(20)],
      { closedBeforeAt: zero + 11_000, lastClosedAt: zero + 21_000, lastSuccessAt: zero + 9_000 },
    ],
    [
      'closed twice between denials of another replay',
      [
        { ...attempt(10), replay: 0 },
        { ...attempt(12), replay: 1 },
        { ...attempt(20), replay: 1 },
      ],
      { closedBeforeAt: zero + 11_000, lastClosedAt: zero + 21_000 },
    ],
  ])('is not when the circuit %s', (_, earlier, closings) => {
    expect(deniedAlone(earlier, { ...othersSucceed, ...closings })).toBe(false);
  });

  test('counts the last ones only', () => {
    const earlier = [attempt(1, 'ExpiredTokenException'), attempt(10), attempt(20)];
    expect(deniedAlone(earlier, othersSucceed)).toBe(true);
  });
});
