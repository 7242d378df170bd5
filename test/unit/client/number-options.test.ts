import { describe, expect, test } from 'vitest';
import { OnboardingClient } from '../../../src/client/onboarding-client.ts';
import { startScriptedApi } from '../../support/scripted-api.ts';

const REQUEST = {
  account: '000000000101',
  region: 'eu-west-1',
  eventNamespace: 'tenant-42',
  eventName: 'orders',
};
const REPLAY = { filter: { status: 'failed' }, reason: 'r' } as const;

/** What JavaScript, without types, can hand in. */
const text = (value: string): number => value as unknown as number;

type Asked = (client: OnboardingClient) => Promise<unknown>;

const withinMs = (value: number): Asked => {
  return (client) => client.enqueue(REQUEST, { withinMs: value });
};
const withinMsOfMany = (value: number): Asked => {
  return async (client) => (await client.enqueueMany([REQUEST], { withinMs: value }))[0];
};
const waitSeconds = (value: number): Asked => {
  return (client) => client.get('onb_1', { waitSeconds: value });
};
const silenceMs = (value: number): Asked => {
  return async (client) => {
    const { value: first } = await client.events({ silenceMs: value }).next();
    return first;
  };
};
const ratePerSecond = (value: number): Asked => {
  return (client) => client.createReplay({ ...REPLAY, ratePerSecond: value });
};
const ratePreviewed = (value: number): Asked => {
  return (client) => client.previewReplay({ ...REPLAY, ratePerSecond: value });
};

describe('a number that no call can be made with is refused before anything is sent', () => {
  test.each([
    ['withinMs', withinMs(NaN)],
    ['withinMs', withinMs(-1)],
    ['withinMs', withinMs(-Infinity)],
    ['withinMs', withinMs(text('500'))],
    ['withinMs', withinMsOfMany(NaN)],
    ['waitSeconds', waitSeconds(NaN)],
    ['waitSeconds', waitSeconds(-0.5)],
    ['waitSeconds', waitSeconds(31)],
    ['waitSeconds', waitSeconds(1e300)],
    ['waitSeconds', waitSeconds(Infinity)],
    ['waitSeconds', waitSeconds(text('20'))],
    ['silenceMs', silenceMs(NaN)],
    ['silenceMs', silenceMs(0)],
    ['silenceMs', silenceMs(-1)],
    ['silenceMs', silenceMs(2 ** 31)],
    ['silenceMs', silenceMs(Infinity)],
    ['ratePerSecond', ratePerSecond(NaN)],
    ['ratePerSecond', ratePerSecond(Infinity)],
    ['ratePerSecond', ratePreviewed(NaN)],
  ])('%s (%#)', async (field, asked) => {
    const api = await startScriptedApi(() => ({ body: {} }));
    const answer = await asked(new OnboardingClient({ url: api.url }));
    expect(answer).toMatchObject({
      error: { kind: 'problem', status: 400, code: 'invalid_request', field },
    });
    expect((answer as { error: { detail: string } }).error.detail).toMatch(
      new RegExp(`^${field} must be a .*number.*, not (NaN|-?[0-9e.+]+|-?Infinity|"[0-9]+")\\.$`),
    );
    expect(api.received).toEqual([]);
  });
});

test('numbers at the bounds are sent', async () => {
  const api = await startScriptedApi(() => ({ body: {} }));
  const client = new OnboardingClient({ url: api.url });
  await client.enqueue(REQUEST, { withinMs: 0 });
  await client.enqueue(REQUEST, { withinMs: Infinity });
  await client.get('onb_1', { waitSeconds: 0 });
  await client.get('onb_1', { waitSeconds: 30 });
  await client.get('onb_1', { waitSeconds: 0.5 });
  await client.createReplay({ ...REPLAY, ratePerSecond: 0 });
  expect(api.received).toHaveLength(6);
});
