import { expect, test } from 'vitest';
import { pageOfJob } from '../../../src/console/raw-queues.ts';
import { deliveryId, jobId, onboardingId } from '../../../src/domain/ids.ts';

const RANDOM = new Uint8Array(16);

test('a job leads to the page of what it carries, whatever its replay', () => {
  const [onboarding, delivery] = [onboardingId(1, RANDOM), deliveryId(1, RANDOM)];
  expect(pageOfJob(jobId(onboarding, 0)).href).toBe(`/onboardings/${onboarding}`);
  expect(pageOfJob(jobId(delivery, 12)).href).toBe(`/deliveries/${delivery}`);
});

test('a job that somebody else named leads to the list', () => {
  for (const name of ['', 'undefined', '17', 'onb_x-r0', '//evil.example/onb_-r0'])
    expect(pageOfJob(name).href, name).toBe('/onboardings');
});
