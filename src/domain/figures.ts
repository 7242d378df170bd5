import type { AttemptOutcomeKind } from './outcome-kind.ts';

/** What is counted in time. `retried`: it waits for another try, a snooze included. A late success is `provisioned`. */
export const HAPPENINGS = ['accepted', 'provisioned', 'failed', 'retried', 'cancelled'] as const;

export type Happening = (typeof HAPPENINGS)[number];

/** How far a chart reaches back, and in which steps. */
export const FIGURE_WINDOWS = {
  '15m': { stepSeconds: 60, steps: 15 },
  '24h': { stepSeconds: 900, steps: 96 },
  '7d': { stepSeconds: 3_600, steps: 168 },
} as const;

export type FigureWindow = keyof typeof FIGURE_WINDOWS;

/** `from` and `to` are ISO 8601 and lie on steps; `to` is not in it any more. */
export interface FigureSpan {
  readonly from: string;
  readonly to: string;
  readonly stepSeconds: number;
}

export type FigurePoint = { readonly at: string } & Readonly<Record<Happening, number>>;

/** How often something happened in the step that began at `at`. */
export interface Figure {
  readonly at: string;
  readonly happened: Happening;
  readonly count: number;
}

export interface Figures {
  /** Steps in which nothing happened may be missing. */
  readonly figures: readonly Figure[];
  /** Failures, most frequent first. */
  readonly byErrorCode: readonly { readonly errorCode: string; readonly count: number }[];
}

/** Failed onboardings with one error code and kind. Instants are ISO 8601. */
export interface FailureGroup {
  readonly errorCode: string;
  readonly kind: AttemptOutcomeKind;
  /** Of the newest one. */
  readonly message: string;
  readonly count: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly regions: readonly { readonly region: string; readonly count: number }[];
  /** The newest, at most 5, newest first. */
  readonly sampleIds: readonly string[];
  /** How many failed in each of the last 24 hours, oldest first, the present minute counted; whatever became of them. */
  readonly hours: readonly number[];
}

export interface FailureFilter {
  readonly region?: string;
  /** Inclusive ISO 8601 bounds on the instant of the failure. */
  readonly from?: string;
  readonly to?: string;
}

export const TREND_HOURS = 24;

/** The span of so many steps that ends with the step of `now`, in milliseconds since 1970. */
export function spanOf(
  { stepSeconds, steps }: { stepSeconds: number; steps: number },
  now: number,
): FigureSpan {
  const stepMs = stepSeconds * 1_000;
  const to = (Math.floor(now / stepMs) + 1) * stepMs;
  return {
    from: new Date(to - steps * stepMs).toISOString(),
    to: new Date(to).toISOString(),
    stepSeconds,
  };
}

/** A point for every step of the span, in order, with zeroes where nothing happened. */
export function pointsOf({ from, to, stepSeconds }: FigureSpan, figures: readonly Figure[]): FigurePoint[] {
  const points = new Map<number, Record<Happening, number>>();
  for (let at = Date.parse(from); at < Date.parse(to); at += stepSeconds * 1_000) {
    points.set(at, { accepted: 0, provisioned: 0, failed: 0, retried: 0, cancelled: 0 });
  }
  for (const { at, happened, count } of figures) {
    const point = points.get(Date.parse(at));
    if (point !== undefined) point[happened] += count;
  }
  return [...points].map(([at, counted]) => ({ at: new Date(at).toISOString(), ...counted }));
}
