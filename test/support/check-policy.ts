import type { CheckPolicy } from '../../src/domain/check-policy.ts';

const HOUR = 3_600_000;

/** The defaults of the configuration. */
export const CHECKS: CheckPolicy = {
  connectedEveryMs: 24 * HOUR,
  warningsMs: [72 * HOUR, 24 * HOUR],
  assumedExpiryMs: 7 * 24 * HOUR,
};
