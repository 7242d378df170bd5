import { describe, expect, it } from 'vitest';
import { isIdleWhileJobsWait, type ConsumerSight } from '../../../src/domain/job.ts';

/** Idle, and a job has waited for long. */
const IDLE: ConsumerSight = {
  flows: true,
  places: 50,
  running: 0,
  begun: 0,
  erred: false,
  oldestWaitingMs: 60_000,
  overdueDelayed: 0,
};

describe('a consumer that takes no job while jobs wait', () => {
  it.each<[string, Partial<ConsumerSight>]>([
    ['jobs wait', {}],
    ['some jobs run, but places are free', { running: 49 }],
    ['nothing waits, but delayed jobs are overdue', { oldestWaitingMs: null, overdueDelayed: 1 }],
  ])('is idle without a reason when %s', (_, sight) => {
    expect(isIdleWhileJobsWait({ ...IDLE, ...sight }, 5_000)).toBe(true);
  });

  it.each<[string, Partial<ConsumerSight>]>([
    ['the Region is paused, or limited to a probe', { flows: false }],
    ['every place is taken: AWS is slow, or its quota spent', { running: 50 }],
    ['it has begun a job since the last look', { begun: 1 }],
    ['it has met errors: Redis is away or refuses, and the log says so', { erred: true }],
    ['the oldest job has only just become ready', { oldestWaitingMs: 4_999 }],
    ['nothing waits', { oldestWaitingMs: null }],
  ])('has a reason when %s', (_, sight) => {
    expect(isIdleWhileJobsWait({ ...IDLE, ...sight }, 5_000)).toBe(false);
  });
});
