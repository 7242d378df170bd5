import type { Replay, Stats } from '../../client/wire.ts';
import type { Onboarding } from '../../domain/onboarding.ts';

/** All that a frame shows. Instants in milliseconds since 1970. */
export interface WatchState {
  readonly url: string;
  readonly beganAt: number;
  readonly stats: Stats | undefined;
  /** Newest first. */
  readonly failures: readonly Onboarding[];
  /** Those that run. */
  readonly replays: readonly Replay[];
  /** What ended within the last minute. */
  readonly ends: readonly End[];
  /** What is not as it should be with the two lines to the service; undefined while they are well. */
  readonly trouble: Readonly<Record<Line, Trouble | undefined>>;
}

export type Line = 'stats' | 'events';

export interface Trouble {
  readonly why: string;
  readonly since: number;
}

interface End {
  readonly at: number;
  readonly status: 'provisioned' | 'failed';
}

const MINUTE_MS = 60_000;
const FAILURES_KEPT = 50;

export const watchState = (url: string, now: number): WatchState => ({
  url,
  beganAt: now,
  stats: undefined,
  failures: [],
  replays: [],
  ends: [],
  trouble: { stats: undefined, events: undefined },
});

/** An onboarding has changed. */
export function changed(state: WatchState, onboarding: Onboarding, now: number): WatchState {
  const { status, id } = onboarding;
  const others = state.failures.filter((it) => it.id !== id);
  // One that is replayed is no failure any more.
  const failures = status === 'failed' ? [onboarding, ...others].slice(0, FAILURES_KEPT) : others;
  const ends = recent(state.ends, now);
  return {
    ...state,
    failures,
    ends: status === 'provisioned' || status === 'failed' ? [...ends, { at: now, status }] : ends,
  };
}

export const wellAgain = (state: WatchState, line: Line): WatchState =>
  state.trouble[line] === undefined ? state : { ...state, trouble: { ...state.trouble, [line]: undefined } };

/** The same trouble goes on, or begins. */
export function troubled(
  state: WatchState,
  { line, why }: { line: Line; why: string },
  now: number,
): WatchState {
  const since = state.trouble[line]?.since ?? now;
  return { ...state, trouble: { ...state.trouble, [line]: { why, since } } };
}

/** Ends in the last minute, or since the watch began if that is shorter. */
export function lastMinute(
  { ends, beganAt }: Pick<WatchState, 'ends' | 'beganAt'>,
  now: number,
): { readonly provisioned: number; readonly failed: number; readonly seconds: number } {
  const those = recent(ends, now);
  const provisioned = those.filter(({ status }) => status === 'provisioned').length;
  const seconds = Math.max(1, Math.min(MINUTE_MS, now - beganAt) / 1_000);
  return { provisioned, failed: those.length - provisioned, seconds };
}

const recent = (ends: readonly End[], now: number): readonly End[] =>
  ends.filter(({ at }) => at > now - MINUTE_MS);
