import { expect, test } from 'vitest';
import { answerItems, checkItem, checkItems } from '../../../../src/api/routes/onboarding-items.ts';
import type { Onboarding } from '../../../../src/domain/onboarding.ts';
import type { Region } from '../../../../src/domain/region.ts';
import type { PartnerName } from '../../../../src/domain/source-name.ts';
import { countRounds } from '../../../support/event-loop.ts';

const rules = {
  partner: 'acme.example' as PartnerName,
  regions: ['us-east-1' as Region],
  defaultLane: 'live' as const,
};
const REQUEST = {
  account: '000000000101',
  region: 'us-east-1',
  eventNamespace: 'customers/c-1',
  eventName: 'orders',
};
const item = checkItem(REQUEST, rules);
const onboarding = {
  account: '000000000101',
  error: { code: 'X', kind: 'rejected', message: '999999999999 holds it', retryable: false, at: '' },
} as Onboarding;

// `accepted` has an error when the first answer of the same call was lost, and a worker was faster than its repetition.
test.each([
  ['accepted', answerItems([item], [{ kind: 'accepted', onboarding }])],
  ['existing', answerItems([item], [{ kind: 'existing', onboarding, lifted: false }])],
  ['existing, in a dry run', answerItems([item], [{ kind: 'existing', onboarding }])],
  ['taken', answerItems([item], [{ kind: 'taken', onboarding }])],
  ['taken, in a dry run', answerItems([item], [{ kind: 'taken', onboarding }])],
])('the answer to a request names no account of others: %s', (_kind, answers) => {
  expect(answers).toHaveLength(1);
  expect(JSON.stringify(answers)).not.toContain('999999999999');
});

test('a batch is checked in turns with whatever else the process has to do', async () => {
  const metadata = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`key-${n}`, 'ä'.repeat(75)]));
  const loop = countRounds();
  const items = await checkItems(Array(2_000).fill({ ...REQUEST, metadata }), rules);
  loop.stop();
  expect(items).toHaveLength(2_000);
  expect(items.every(({ checked }) => checked.ok)).toBe(true);
  expect(loop.rounds()).toBeGreaterThan(3);
});

test('an answer lists a thousand field errors, and after that the first one of each bad item', async () => {
  const bad = {
    ...Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`unknown-${n}`, 0])),
    metadata: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`key-${n}`, 0])),
  };
  const answers = answerItems(await checkItems(Array(1_000).fill(bad), rules), []);
  const listed = answers.map((answer) => ('problem' in answer ? (answer.problem.errors ?? []) : []));
  const whole = listed[0]?.length ?? 0;
  expect(whole).toBeGreaterThan(20);
  expect(listed[1]).toHaveLength(whole);
  expect(listed.at(-1)).toMatchObject([{ field: 'account' }]);
  expect(listed.flat().length).toBeLessThan(2_000);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
});
