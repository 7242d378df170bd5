import { describe, expect, test } from 'vitest';
import type { OnboardingId } from '../../../../src/domain/ids.ts';
import type { NewJob } from '../../../../src/domain/job.ts';
import type { Region } from '../../../../src/domain/region.ts';
import { dataOf, readJobData } from '../../../../src/queue/jobs/job-data.ts';

const JOB: NewJob = {
  onboardingId: 'onb_01k9xq3v7c0000000000000000' as OnboardingId,
  replays: 3,
  region: 'eu-west-1' as Region,
  lane: 'live',
  delayMs: 500,
};

describe('job data', () => {
  test('survives JSON', () => {
    const data = dataOf(JOB, 1_000);
    expect(readJobData(JSON.parse(JSON.stringify(data)))).toEqual(data);
    expect(data.readyAt).toBe(1_500);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'onb_'],
    ['another version', { ...dataOf(JOB, 0), v: 2 }],
    ['an id that is none', { ...dataOf(JOB, 0), onboardingId: 'onb_1' }],
    ['a negative replay', { ...dataOf(JOB, 0), replays: -1 }],
    ['a Region that is none', { ...dataOf(JOB, 0), region: '../etc' }],
    ['no time', { ...dataOf(JOB, 0), readyAt: null }],
  ])('%s is not ours', (_what, input) => {
    expect(readJobData(input)).toBeUndefined();
  });
});
