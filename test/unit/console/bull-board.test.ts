import { expect, test } from 'vitest';
import { pageOfJob } from '../../../src/console/bull-board.ts';
import { jobId, onboardingId } from '../../../src/domain/ids.ts';

const RANDOM = new Uint8Array(16);

test('a job leads to the page of its onboarding, whatever its replay', () => {
  const onboarding = onboardingId(1, RANDOM);
  for (const replay of [0, 12])
    expect(pageOfJob(jobId(onboarding, replay), '').href).toBe(`/onboardings/${onboarding}`);
});

test('a job that somebody else named leads to the list', () => {
  for (const name of ['', 'undefined', '17', 'onb_x-r0', '//evil.example/onb_-r0'])
    expect(pageOfJob(name, '').href, name).toBe('/onboardings');
});
