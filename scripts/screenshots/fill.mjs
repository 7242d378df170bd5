/**
 * Fills a service with what a busy one looks like: onboardings of every status and error, Regions that are held,
 * webhooks that got through and some that did not, and what people did. All of it through the public API.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** The last segment scripts the sandbox (src/sandbox/fault-script.ts). */
const KINDS = [
  ['orders', 36],
  ['limit', 14],
  ['denied', 3],
  ['orders.other', 5],
  ['orders.invalid', 4],
  ['orders.html-9', 3],
  ['orders.mine', 3],
];

const CUSTOMERS = [
  'northwind',
  'contoso',
  'fabrikam',
  'tailspin',
  'adatum',
  'litware',
  'proseware',
  'wingtip',
];
const REGIONS = ['us-east-1', 'eu-west-1', 'eu-central-1', 'ap-southeast-2'];

/** @param call `(method, path, body)` as admin, answers the parsed body @returns ids of one onboarding per kind */
export async function fill(call) {
  const ids = {};
  const rows = KINDS.flatMap(([eventName, count]) =>
    Array.from({ length: count }, (_, index) => ({ eventName, index })),
  );
  for (const [number, { eventName, index }] of rows.entries()) {
    const customer = CUSTOMERS[number % CUSTOMERS.length];
    const made = await call('POST', '/v1/onboardings', {
      account: String(100_000_000_101 + number * 7_919_083).padStart(12, '0'),
      region: REGIONS[(number * 7) % REGIONS.length],
      eventNamespace: `${customer}/c-${1001 + number}`,
      eventName,
      customerId: `${customer}-${1001 + number}`,
      metadata: { plan: ['team', 'scale', 'enterprise'][number % 3] },
    });
    if (index === 0) ids[eventName] = made.id;
  }
  await until(async () => {
    const { items } = await call('GET', '/v1/onboardings?limit=200');
    return items.every(({ status }) => ['provisioned', 'failed', 'cancelled'].includes(status));
  });
  await call('POST', `/v1/onboardings/${ids.limit}/replay`, { reason: 'quota was raised, case 1182734' });
  await until(async () => (await call('GET', `/v1/onboardings/${ids.limit}`)).status === 'failed');
  await call('POST', `/v1/onboardings/${ids['orders.other']}/cancel`, {
    reason: 'the customer moved to another account',
  });
  await call('POST', '/v1/replays', {
    filter: { errorCode: 'LimitExceededException', region: 'eu-west-1' },
    reason: 'quota of eu-west-1 was raised',
  });
  await call('POST', '/v1/regions/eu-central-1/pause', {
    reason: 'AWS health event 4711: wait until it is over',
  });
  await call('POST', '/v1/regions/ap-southeast-2/drain', { reason: 'Redis moves to another host at 15:00' });
  for (let number = 0; number < 9; number += 1)
    await call('POST', '/v1/onboardings', {
      account: String(200_000_000_101 + number),
      region: number % 2 === 0 ? 'eu-central-1' : 'ap-southeast-2',
      eventNamespace: `tailspin/c-${2001 + number}`,
      eventName: 'orders',
      customerId: `tailspin-${2001 + number}`,
    });
  return ids;
}

async function until(isSo) {
  for (const endsAt = Date.now() + 120_000; Date.now() < endsAt; await delay(250)) if (await isSo()) return;
  throw new Error('The service did not come to rest within two minutes.');
}
