import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideDelivery,
  DISABLE_AFTER_FAILURES,
  DISABLE_AFTER_MS,
  disabledBecause,
  endpointSign,
  GIVE_UP_AFTER_MS,
  type DeliveryContext,
  type SendResult,
} from '../../../src/domain/delivery-policy.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const context = (more: Partial<DeliveryContext> = {}): DeliveryContext => ({
  now: NOW,
  random: () => 0.5,
  policy: { backoffBaseMs: 5_000 },
  tries: 0,
  beganAt: NOW,
  ...more,
});
const answered = (statusCode: number, retryAfterMs?: number): SendResult => ({
  kind: 'answered',
  statusCode,
  bodyStart: '',
  durationMs: 1,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const unanswered = (code: Extract<SendResult, { kind: 'unanswered' }>['code']): SendResult => ({
  kind: 'unanswered',
  code,
  durationMs: 1,
});

describe('what follows from a call', () => {
  test.each([
    [answered(200), 'delivered', 'works'],
    [answered(204), 'delivered', 'works'],
    [answered(299), 'delivered', 'works'],
    [answered(301), 'retry', 'fails'],
    [answered(302), 'retry', 'fails'],
    [answered(400), 'retry', 'fails'],
    [answered(404), 'retry', 'fails'],
    [answered(410), 'failed', 'gone'],
    [answered(429), 'retry', 'fails'],
    [answered(500), 'retry', 'fails'],
    [answered(0), 'retry', 'fails'],
    [unanswered('Timeout'), 'retry', 'fails'],
    [unanswered('ConnectionFailed'), 'retry', 'fails'],
    [unanswered('NameNotResolved'), 'retry', 'fails'],
    [unanswered('CertificateInvalid'), 'retry', 'fails'],
    [unanswered('UnreadableResponse'), 'retry', 'fails'],
    [unanswered('AddressRefused'), 'failed', 'fails'],
    [unanswered('NoSigningSecret'), 'retry', 'none'],
  ] as const)('%j: %s, and the endpoint %s', (result, kind, sign) => {
    expect(decideDelivery(result, context()).kind).toBe(kind);
    expect(endpointSign(result)).toBe(sign);
  });

  test('a code says what it was', () => {
    expect(decideDelivery(answered(503), context())).toMatchObject({ code: 'Http503' });
    expect(decideDelivery(unanswered('Timeout'), context())).toMatchObject({ code: 'Timeout' });
  });

  test('waits grow threefold to eight hours, half of each by chance', () => {
    const wait = (tries: number, random: number): number => {
      const decision = decideDelivery(answered(500), context({ tries, random: () => random }));
      return decision.kind === 'retry' ? decision.delayMs : Number.NaN;
    };
    expect([0, 1, 2, 3].map((tries) => wait(tries, 0))).toEqual([2_500, 7_500, 22_500, 67_500]);
    expect([0, 1, 2, 3].map((tries) => wait(tries, 1))).toEqual([5_000, 15_000, 45_000, 135_000]);
    expect(wait(50, 1)).toBe(8 * 3_600_000);
    expect(wait(1_000, 1)).toBe(8 * 3_600_000);
  });

  test('the receiver’s wish to wait is added, never cut from', () => {
    expect(decideDelivery(answered(429, 60_000), context({ random: () => 0 }))).toMatchObject({
      kind: 'retry',
      delayMs: 62_500,
    });
  });

  test('three days after the event the last attempt is made, and then it is given up', () => {
    const atTheEnd = context({ tries: 30, beganAt: NOW - GIVE_UP_AFTER_MS + 1_000 });
    expect(decideDelivery(answered(500), atTheEnd)).toMatchObject({ kind: 'retry', delayMs: 1_000 });
    const over = context({ tries: 30, beganAt: NOW - GIVE_UP_AFTER_MS });
    expect(decideDelivery(answered(500), over)).toEqual({ kind: 'failed', code: 'Http500' });
    expect(decideDelivery(answered(200), over)).toEqual({ kind: 'delivered' });
  });

  test('an endpoint that is down from the first call on is tried about twenty times in three days', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (randoms) => {
        let now = NOW;
        let tries = 0;
        const random = (): number => randoms.next().value as number;
        for (;;) {
          const decision = decideDelivery(answered(500), context({ now, tries, beganAt: NOW, random }));
          tries += 1;
          if (decision.kind !== 'retry') break;
          now += decision.delayMs;
        }
        expect(now - NOW).toBe(GIVE_UP_AFTER_MS);
        expect(tries).toBeGreaterThanOrEqual(15);
        expect(tries).toBeLessThanOrEqual(35);
      }),
    );
  });
});

describe('an endpoint is disabled', () => {
  const judge = (more: Partial<Parameters<typeof disabledBecause>[0]>) =>
    disabledBecause({
      gone: false,
      failures: DISABLE_AFTER_FAILURES,
      failingSince: NOW - DISABLE_AFTER_MS,
      now: NOW,
      ...more,
    });

  test.each([
    ['at once when it says that it is gone', { gone: true, failures: 1, failingSince: NOW }, 'gone'],
    ['when it has failed for long and often', {}, 'failing'],
    ['not when it has failed often in a short time', { failingSince: NOW - DISABLE_AFTER_MS + 1 }, undefined],
    [
      'not when it has failed for long, but seldom',
      { failures: DISABLE_AFTER_FAILURES - 1, failingSince: 0 },
      undefined,
    ],
  ] as const)('%s', (_what, more, expected) => {
    expect(judge(more)).toBe(expected);
  });
});
