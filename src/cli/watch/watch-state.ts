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
  /** Undefined while both lines to the service are well. */
  readonly trouble: Trouble | undefined;
}

/** A line to the service is cut: that of the counts, asked for once a second, or the stream of events. */
export interface Trouble {
  readonly line: 'stats' | 'events';
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
  trouble: undefined,
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

export const wellAgain = (state: WatchState, line: Trouble['line']): WatchState =>
  state.trouble?.line === line ? { ...state, trouble: undefined } : state;

/** The same trouble continues, or begins. While there are no counts, that is told, and an answer ends it for both lines. */
export function troubled(state: WatchState, { line, why }: Omit<Trouble, 'since'>, now: number): WatchState {
  if (line === 'events' && state.trouble?.line === 'stats') return state;
  return { ...state, trouble: { line, why, since: state.trouble?.since ?? now } };
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
