import { expect, it } from 'vitest';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import type { Lane } from '../../../src/domain/onboarding.ts';
import { createQueuedMarks, readingMarked } from '../../../src/intake/queued-marks.ts';
import { recordingLog } from '../../support/recording-log.ts';

const onboarding = (id: string, lane: Lane) => ({ id: id as OnboardingId, replays: 0, lane });

/** A ledger that takes as long as the test says, and a clock whose sleeps last until the test ends them. */
function standing() {
  const written: string[][] = [];
  const answers: ((error?: Error) => void)[] = [];
  const wakes: (() => void)[] = [];
  const log = recordingLog();
  const marks = createQueuedMarks({
    ledger: {
      markQueued: (refs) =>
        new Promise((resolve, reject) => {
          written.push(refs.map(({ id }) => id));
          answers.push((error) => {
            if (error === undefined) resolve();
            else reject(error);
          });
        }),
    },
    clock: {
      now: () => 0,
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted === true) reject(new Error('aborted'));
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
          wakes.push(resolve);
        }),
    },
    log,
  });
  return {
    marks,
    written,
    log,
    wake: () => wakes.shift()?.(),
    answer: (error?: Error) => answers.shift()?.(error),
  };
}

/** What promises that are resolved by now lead to. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('bulk ones are written before anybody is answered, live ones a moment later, all at once', async () => {
  const { marks, written, wake, answer } = standing();
  expect(await marks.mark([onboarding('a', 'live')])).toBe(true);
  expect(await marks.mark([onboarding('b', 'live')])).toBe(true);
  const mixed = marks.mark([onboarding('c', 'live'), onboarding('d', 'bulk')]);
  let isAnswered = false;
  void mixed.then(() => (isAnswered = true));
  await turn();
  expect(written).toEqual([['d']]);
  expect(isAnswered).toBe(false);
  answer();
  expect(await mixed).toBe(true);
  wake();
  await turn();
  expect(written).toEqual([['d'], ['a', 'b', 'c']]);
});

it('those that come while others are written wait for the next writing', async () => {
  const { marks, written, wake, answer } = standing();
  await marks.mark([onboarding('a', 'live')]);
  wake();
  await turn();
  await marks.mark([onboarding('b', 'live')]);
  wake();
  await turn();
  expect(written).toEqual([['a']]);
  answer();
  await turn();
  expect(written).toEqual([['a'], ['b']]);
});

it('settling writes what waits, whatever is being written, and ends after it', async () => {
  const { marks, written, wake, answer } = standing();
  await marks.mark([onboarding('a', 'live')]);
  wake();
  await turn();
  await marks.mark([onboarding('b', 'live')]);
  let isOver = false;
  const over = marks.settle().then(() => (isOver = true));
  answer();
  await turn();
  expect(written).toEqual([['a'], ['b']]);
  expect(isOver).toBe(false);
  answer();
  await over;
});

it('one that cannot be written is told to whoever waits for it and to the log, and the next is written', async () => {
  const { marks, written, log, wake, answer } = standing();
  const bulk = marks.mark([onboarding('a', 'bulk')]);
  answer(new Error('away'));
  expect(await bulk).toBe(false);
  await marks.mark([onboarding('b', 'live')]);
  wake();
  await turn();
  answer(new Error('away'));
  await turn();
  await marks.mark([onboarding('c', 'live')]);
  wake();
  await turn();
  expect(written).toEqual([['a'], ['b'], ['c']]);
  expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn intake.mark_queued_failed',
    'warn intake.mark_queued_failed',
  ]);
});

it('a read of the ledger that goes by the marks comes after they are written, and before none', async () => {
  const { marks, written, answer } = standing();
  const reads: string[] = [];
  const read = (name: string) => () => {
    reads.push(`${name} after ${written.length}`);
    return Promise.resolve(undefined as never);
  };
  const kept = { get: read('get'), getMany: read('getMany'), list: read('list'), counts: read('counts') };
  const ledger = readingMarked(kept, marks);
  await ledger.counts();
  await marks.mark([onboarding('a', 'live')]);
  const got = ledger.get();
  await turn();
  expect({ reads, written }).toEqual({ reads: ['counts after 0'], written: [['a']] });
  answer();
  await got;
  await Promise.all([ledger.getMany(), ledger.list()]);
  expect(reads).toEqual(['counts after 0', 'get after 1', 'getMany after 1', 'list after 1']);
});

it('a read does not wait for long for marks that cannot be written, and a stop does', async () => {
  const { marks, written, wake, answer } = standing();
  const none = (): Promise<never> => Promise.resolve(undefined as never);
  const ledger = readingMarked({ get: none, getMany: none, list: none, counts: none }, marks);
  await marks.mark([onboarding('a', 'live')]);
  wake();
  await turn();
  expect(written).toEqual([['a']]);
  let isStopped = false;
  const stop = marks.settle().then(() => (isStopped = true));
  const got = ledger.get();
  await turn();
  wake();
  await got;
  expect(isStopped).toBe(false);
  answer();
  await stop;
});
