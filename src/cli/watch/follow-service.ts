import { setTimeout as delay } from 'node:timers/promises';
import { OnboardingCallError, type CallError } from '../../client/answers.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import { isPassing } from '../../client/retry.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import { callReason } from '../failures.ts';
import { changed, troubled, watchState, wellAgain, type WatchState } from './watch-state.ts';

export interface Followed {
  state(): WatchState;
  /** Reads what it looks like now. */
  look(signal: AbortSignal): Promise<void>;
  /** Follows until the signal aborts; throws what no waiting cures, such as a token that may not look. */
  run(signal: AbortSignal): Promise<void>;
}

export interface FollowDeps {
  readonly client: OnboardingClient;
  readonly url: string;
  readonly now: () => number;
  /** Something has changed. */
  readonly tell: () => void;
}

const POLL_MS = 1_000;
const FAILURES_FIRST = 50;
const CALL_WITHIN_MS = 5_000;

/** Keeps a picture of the service up to date: its stream of events for what happens, and its counts once a second. */
export function followService({ client, url, now, tell }: FollowDeps): Followed {
  let state = watchState(url, now());
  const set = (next: WatchState): void => {
    state = next;
    tell();
  };

  async function readFailures(signal: AbortSignal): Promise<void> {
    const page = await client.listPage({ status: 'failed' }, { limit: FAILURES_FIRST, signal });
    if (page.ok) set({ ...state, failures: byEnd(page.value.items) });
  }

  async function followEvents(signal: AbortSignal): Promise<void> {
    const onCut = (error: CallError): void =>
      set(troubled(state, { line: 'events', why: callReason(error) }, now()));
    for await (const event of client.events({ signal, onCut })) {
      if (event.kind === 'failed') throw new OnboardingCallError(event.error);
      if (event.kind === 'reset') await readFailures(signal);
      else set(changed(wellAgain(state, 'events'), event.onboarding, now()));
    }
  }

  async function pollOnce(signal: AbortSignal): Promise<void> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(CALL_WITHIN_MS)]);
    const [stats, replays] = await Promise.all([
      client.stats({ signal: within }),
      client.listReplays({ status: 'running' }, { signal: within }),
    ]);
    if (signal.aborted) return;
    if (!stats.ok) {
      if (!mayPass(stats.error)) throw new OnboardingCallError(stats.error);
      set(troubled(state, { line: 'stats', why: callReason(stats.error) }, now()));
      return;
    }
    const running = replays.ok ? replays.value.items : state.replays;
    set({ ...wellAgain(state, 'stats'), stats: stats.value, replays: running });
  }

  async function poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pollOnce(signal);
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    state: () => state,
    async look(signal) {
      await readFailures(signal);
      await pollOnce(signal);
    },
    async run(signal) {
      const stop = new AbortController();
      const all = AbortSignal.any([signal, stop.signal]);
      try {
        await readFailures(all);
        await Promise.all([followEvents(all), poll(all)]);
      } finally {
        stop.abort();
      }
    },
  };
}

/** A service that restarts may answer 500 for a while; an abort is our own bound on the call. */
const mayPass = (error: CallError): boolean =>
  isPassing(error) || error.kind === 'aborted' || ('status' in error && error.status === 500);

/** The list is by age, the picture by failure. */
const byEnd = (items: readonly Onboarding[]): readonly Onboarding[] =>
  [...items].sort((one, other) => endOf(other) - endOf(one));

const endOf = ({ completedAt, updatedAt }: Onboarding): number => Date.parse(completedAt ?? updatedAt);
