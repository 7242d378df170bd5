import { expect, test } from 'vitest';
import type { JobPresence } from '../../../src/domain/job.ts';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import type { Onboarding } from '../../../src/domain/onboarding.ts';
import type { Region } from '../../../src/domain/region.ts';
import { cancelOnboarding } from '../../../src/operations/cancel.ts';
import { recordingLog } from '../../support/recording-log.ts';

const ID = 'onb_01m891m4p7m61d8pnbkmy28tns' as OnboardingId;
const ACCEPTED = { id: ID, status: 'accepted', replays: 0, region: 'us-east-1' as Region } as Onboarding;

/** The queue's answers to one removal after the other. */
async function cancelWith(...answers: ('removed' | 'active')[]) {
  const log = recordingLog();
  const onboarding: Onboarding = { ...ACCEPTED, status: 'cancelled' };
  const result = await cancelOnboarding(
    ID,
    { actor: 'ann', reason: 'wrong account', dryRun: false },
    {
      ledger: {
        get: () => Promise.resolve(ACCEPTED),
        cancel: () => Promise.resolve({ kind: 'cancelled', onboarding }),
      },
      queue: {
        presence: () => Promise.resolve<JobPresence[]>([]),
        remove: () => Promise.resolve(answers.shift() ?? 'removed'),
      },
      clock: { now: () => 0 },
      log,
    },
  );
  return { result, messages: log.lines.map(({ level, message }) => `${level} ${message}`) };
}

test('a job that a worker took for the first time while the row was written is said at once', async () => {
  const { result, messages } = await cancelWith('removed', 'active');
  expect(result.kind).toBe('cancelled');
  expect(messages).toEqual(['info onboarding.cancelled', 'warn onboarding.cancelled_while_running']);
});

test('a cancel that no worker met says no more than that', async () => {
  const { messages } = await cancelWith('removed', 'removed');
  expect(messages).toEqual(['info onboarding.cancelled']);
});
