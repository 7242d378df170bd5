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

/** A ledger that holds these rows, and a clock that is moved by every sleep. */
function standing(rows: readonly OpenOnboarding[], onSleep = (): void => undefined) {
  let waiting = rows;
  let now = 0;
  const sleeps: number[] = [];
  const added: NewJob[] = [];
  const deps: PickUpDeps = {
    ledger: {
      acceptedBatch: ({ limit, after }) => {
        const from = after === undefined ? 0 : waiting.findIndex(({ id }) => id > after.id);
        return Promise.resolve(from === -1 ? [] : waiting.slice(from, from + limit));
      },
      markQueued: (refs) => {
        const ids = new Set(refs.map(({ id }) => id));
        waiting = waiting.filter(({ id }) => !ids.has(id));
        return Promise.resolve();
      },
      takeLifts: () => Promise.resolve({ taken: 0, moved: [] }),
    },
    queue: {
      add: (jobs) => Promise.resolve(void added.push(...jobs)),
      lift: () => Promise.resolve(),
    },
    clock: {
      now: () => now,
      sleep(ms) {
        sleeps.push(ms);
        now += ms;
        onSleep();
        return Promise.resolve();
      },
    },
    log: recordingLog(),
  };
  return { pickUp: createPickUp(deps), sleeps, added };
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
    const { pickUp, added } = standing(accepted(5_000, 'bulk'), () => wake.abort());
    expect(await pickUp.run(NEVER, wake.signal)).toBe(true);
    expect(added).toHaveLength(500);
  });

  it('begins anew after 10,000, whoever has come in the meantime', async () => {
    const { pickUp, added } = standing(accepted(10_600, 'bulk'));
    expect(await pickUp.run(NEVER, NEVER)).toBe(true);
    expect(added).toHaveLength(10_000);
    expect(await pickUp.run(NEVER, NEVER)).toBe(false);
    expect(added).toHaveLength(10_600);
  });
});
