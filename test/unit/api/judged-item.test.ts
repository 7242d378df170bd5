import { expect, test } from 'vitest';
import { answerItems, answerTrials, checkItem } from '../../../src/api/judged-item.ts';
import type { Onboarding } from '../../../src/domain/onboarding.ts';
import type { Region } from '../../../src/domain/region.ts';
import type { PartnerName } from '../../../src/domain/source-name.ts';

const item = checkItem(
  { account: '000000000101', region: 'us-east-1', eventNamespace: 'customers/c-1', eventName: 'orders' },
  { partner: 'acme.example' as PartnerName, regions: ['us-east-1' as Region], defaultLane: 'live' },
);
const onboarding = {
  account: '000000000101',
  error: { code: 'X', kind: 'rejected', message: '999999999999 holds it', retryable: false, at: '' },
} as Onboarding;

// `accepted` has an error when the first answer of the same call was lost, and a worker was faster than its repetition.
test.each([
  ['accepted', answerItems([item], [{ kind: 'accepted', onboarding, draining: false }])],
  ['existing', answerItems([item], [{ kind: 'existing', onboarding, lifted: false }])],
  ['existing, in a dry run', answerTrials([item], [{ kind: 'existing', onboarding }])],
  ['taken', answerItems([item], [{ kind: 'taken', onboarding }])],
  ['taken, in a dry run', answerTrials([item], [{ kind: 'taken', onboarding }])],
])('the answer to a request names no account of others: %s', (_kind, answers) => {
  expect(answers).toHaveLength(1);
  expect(JSON.stringify(answers)).not.toContain('999999999999');
});
