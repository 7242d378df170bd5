import { expect, test } from 'vitest';
import {
  DESTINATIONS,
  eventBody,
  ONBOARDING_EVENTS,
  type Delivery,
  type Destination,
  type EventType,
} from '../../../src/domain/delivery.ts';
import type { Onboarding } from '../../../src/domain/onboarding.ts';

const MESSAGE = 'arn:aws:iam::999999999999:root holds the name asked for by 000000000101';
const onboarding = {
  account: '000000000101',
  error: { code: 'X', kind: 'rejected', message: MESSAGE, retryable: false, at: '2026-03-01T12:00:00.000Z' },
} as Onboarding;

const messageIn = (type: EventType, destination: Destination): unknown => {
  const delivery = { type, destination, createdAt: '2026-03-01T12:00:00.000Z', number: 1, late: false };
  const body = eventBody(
    { delivery: delivery as Delivery, data: onboarding },
    { url: '', environment: undefined },
  );
  return (JSON.parse(body) as { data: Onboarding }).data.error?.message;
};

test.each(ONBOARDING_EVENTS)('a callback is told %s without the accounts of others', (type) => {
  expect(messageIn(type, 'callback')).toBe(
    'arn:aws:iam::(an account):root holds the name asked for by 000000000101',
  );
});

test.each(ONBOARDING_EVENTS)('the operator’s own endpoint is told %s as AWS said it', (type) => {
  expect(DESTINATIONS).toEqual(['webhook', 'callback', 'alert']);
  expect(messageIn(type, 'webhook')).toBe(MESSAGE);
});
