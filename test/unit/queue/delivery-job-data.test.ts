import { expect, test } from 'vitest';
import { deliveryId } from '../../../src/domain/ids.ts';
import { readDeliveryJobData, type DeliveryJobData } from '../../../src/queue/delivery-job-data.ts';

const DATA: DeliveryJobData = {
  v: 1,
  deliveryId: deliveryId(1_770_000_000_000, new Uint8Array(16).fill(7)),
  replays: 2,
  readyAt: 1_500,
};

test('the data of a delivery’s job survive JSON', () => {
  expect(readDeliveryJobData(JSON.parse(JSON.stringify(DATA)))).toEqual(DATA);
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['text', DATA.deliveryId],
  ['another version', { ...DATA, v: 2 }],
  ['an onboarding', { ...DATA, deliveryId: 'onb_01k9xq3v7c0000000000000000' }],
  ['a negative replay', { ...DATA, replays: -1 }],
  ['no time', { ...DATA, readyAt: null }],
])('%s is not taken for them', (_what, input) => {
  expect(readDeliveryJobData(input)).toBeUndefined();
});
