import type { Advice } from '../domain/advice-topic.ts';

/** The failed onboardings that have one error code. */
export interface FailureGroup {
  readonly errorCode: string;
  readonly kind: string;
  /** AWS's words, of the newest one. */
  readonly message: string;
  readonly count: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly regions: readonly { readonly region: string; readonly count: number }[];
  /** How many failed in the last hour, in the one before, and in each of 24 hours, oldest first. */
  readonly trend: {
    readonly lastHour: number;
    readonly hourBefore: number;
    readonly hours: readonly number[];
  };
  /** The newest five at most. */
  readonly sampleIds: readonly string[];
  readonly advice: Advice;
}

export interface FailuresFilter {
  readonly region?: string;
  /** Inclusive ISO 8601 bounds on when it failed. */
  readonly from?: string;
  readonly to?: string;
}

export const FIGURE_WINDOWS = ['15m', '24h', '7d'] as const;

export interface FiguresFilter {
  readonly window?: (typeof FIGURE_WINDOWS)[number];
  readonly region?: string;
}

/** What happened in a window, step by step, oldest first. */
export interface Figures {
  readonly window: string;
  readonly stepSeconds: number;
  readonly from: string;
  readonly to: string;
  readonly points: readonly {
    readonly at: string;
    readonly accepted: number;
    readonly provisioned: number;
    readonly failed: number;
    readonly retried: number;
    readonly cancelled: number;
  }[];
  readonly byErrorCode: readonly { readonly errorCode: string; readonly count: number }[];
}
