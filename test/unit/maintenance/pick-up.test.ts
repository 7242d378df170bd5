import { describe, expect, it } from 'vitest';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import type { NewJob } from '../../../src/domain/job.ts';
import type { OpenOnboarding } from '../../../src/domain/listing.ts';
import type { Lane } from '../../../src/domain/onboarding.ts';
import type { Region } from '../../../src/domain/region.ts';
import { createPickUp, type PickUpDeps } from '../../../src/maintenance/pick-up.ts';
import { recordingLog } from '../../support/recording-log.ts';

const NEVER = new AbortController().signal;

const accepted = (count: number, lane: Lane): OpenOnboarding[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `onb_${lane}-${String(n).padStart(5, '0')}` as OnboardingId,
    region: 'us-east-1' as Region,
    lane,
    replays: 0,
    status: 'accepted',
    nextAttemptAt: null,
  }));

/** A ledger that holds these rows, and a clock that is moved by every sleep; `sleepsFor`: what cuts one short. */
function standing(rows: readonly OpenOnboarding[], sleepsFor = (ms: number): number => ms) {
  let waiting = rows;
  let now = 0;
  const sleeps: number[] = [];
  const added: NewJob[] = [];
  const deps: PickUpDeps = {
    ledger: {
      acceptedBatch: ({ limit, after, lane }) => {
        const follows = (row: OpenOnboarding): boolean =>
          after === undefined || row.lane < after.lane || (row.lane === after.lane && row.id > after.id);
        const asked = waiting.filter((row) => (lane === undefined || row.lane === lane) && follows(row));
        return Promise.resolve(asked.slice(0, limit));
      },
      markQueued: (refs) => {
        const ids = new Set(refs.map(({ id }) => id));
        waiting = waiting.filter(({ id }) => !ids.has(id));
        return Promise.resolve();
      },
      takeLifts: () => Promise.resolve({ taken: 0, moved: [], again: 0 }),
    },
    queue: {
      add: (jobs) => Promise.resolve(void added.push(...jobs)),
      lift: () => Promise.resolve(),
    },
    clock: {
      now: () => now,
      sleep(ms) {
        sleeps.push(ms);
        now += sleepsFor(ms);
        return Promise.resolve();
      },
    },
    log: recordingLog(),
  };
  return {
    pickUp: createPickUp(deps),
    sleeps,
    added,
    now: () => now,
    setClock: (at: number) => (now = at),
    comeIn: (more: readonly OpenOnboarding[]) => (waiting = [...more, ...waiting]),
  };
}

describe('the pick-up', () => {
  it('queues bulk rows at 2,000 a second', async () => {
    const { pickUp, sleeps, added } = standing(accepted(1_200, 'bulk'));
    expect(await pickUp.run(NEVER, NEVER)).toBe(false);
    expect(added).toHaveLength(1_200);
    expect(sleeps).toEqual([250, 250]);
  });

  it('does not let people wait', async () => {
    const { pickUp, sleeps, added } = standing(accepted(1_200, 'live'));
    await pickUp.run(NEVER, NEVER);
    expect(added).toHaveLength(1_200);
    expect(sleeps).toEqual([0, 0]);
  });

  it('ends when it is woken, and says that there may be more', async () => {
    const wake = new AbortController();
    const { pickUp, added } = standing(accepted(5_000, 'bulk'), (ms) => {
      wake.abort();
      return ms;
    });
    expect(await pickUp.run(NEVER, wake.signal)).toBe(true);
    expect(added).toHaveLength(500);
  });

  it('starts over after 10,000, whoever has come in the meantime', async () => {
    const { pickUp, added } = standing(accepted(10_600, 'bulk'));
    expect(await pickUp.run(NEVER, NEVER)).toBe(true);
    expect(added).toHaveLength(10_000);
    expect(await pickUp.run(NEVER, NEVER)).toBe(false);
    expect(added).toHaveLength(10_600);
  });

  it('keeps to the pace of bulk rows when it is woken every 20 ms, and people wait for none of it', async () => {
    let wake = new AbortController();
    const { pickUp, added, now, comeIn } = standing(accepted(40_000, 'bulk'), (ms) => {
      if (ms > 20) wake.abort();
      return Math.min(ms, 20);
    });
    const signups = accepted(50, 'live');
    for (const signup of signups) {
      comeIn([signup]);
      wake = new AbortController();
      expect(await pickUp.run(NEVER, wake.signal)).toBe(true);
      expect(added.some(({ onboardingId }) => onboardingId === signup.id)).toBe(true);
    }
    const seconds = now() / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(0.9);
    const perSecond = (added.length - signups.length - 500) / seconds;
    expect(perSecond).toBeLessThanOrEqual(2_000);
    expect(perSecond).toBeGreaterThanOrEqual(1_400);
  });

  it('does not wait for a clock that was set back', async () => {
    const { pickUp, added, setClock, sleeps } = standing(accepted(500, 'bulk'));
    setClock(3_600_000);
    const wake = AbortSignal.abort();
    expect(await pickUp.run(NEVER, wake)).toBe(true);
    setClock(0);
    expect(await pickUp.run(NEVER, NEVER)).toBe(false);
    expect(added).toHaveLength(500);
    expect(Math.max(...sleeps)).toBeLessThanOrEqual(250);
  });
});
