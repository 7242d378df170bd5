import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import type { DeliveryRun } from '../../src/domain/delivery.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMetrics } from '../../src/runtime/metrics/registry.ts';
import { deliver } from '../../src/webhooks/deliver.ts';
import { runWebhooks, type WebhookDeps } from '../../src/webhooks/run-webhooks.ts';
import { createSender } from '../../src/webhooks/send.ts';
import { eventually } from '../support/eventually.ts';
import { onboardingIn, roundWrite } from '../support/ledger-fixtures.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';
import { SECRET, startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const NEVER = new AbortController().signal;

/** A ledger with an onboarding that failed, then succeeded late, and a receiver that is to be told of both. */
async function setStage(receiver: WebhookReceiver) {
  const database = await createTestDatabase();
  const log = recordingLog();
  const ledger = await openLedger(
    { kind: 'postgres', url: database.url },
    {
      awsMode: 'sandbox',
      partner: 'acme.example',
      clock: systemClock,
      log,
      receivers: { webhookUrl: receiver.url },
    },
  );
  onTestFinished(async () => {
    await ledger.close();
    await database.drop();
  });
  const deps: WebhookDeps = {
    ledger,
    send: createSender({
      secrets: [SECRET],
      allowHosts: [],
      timeoutMs: 30_000,
      userAgent: 'test',
      clock: systemClock,
    }),
    timeoutMs: 30_000,
    clock: systemClock,
    random: () => 0.5,
    policy: { backoffBaseMs: 60_000 },
    site: { url: '', environment: undefined },
    log,
    metrics: createMetrics({ version: 'test', regions: [], ofProcess: false }),
  };
  const at = new Date().toISOString();
  const before = await onboardingIn('queued', { ledger });
  await ledger.saveRound(roundWrite(before, 'failed', { at }));
  await ledger.saveRound(roundWrite(before, 'provisioned', { at }));
  const { items } = await ledger.listDeliveries({ onboardingId: before.id }, { limit: 10 });
  const [failed, late] = items.toSorted((one, other) => (one.number ?? 0) - (other.number ?? 0));
  /** @param leaseMs 0: as of a process that froze for longer than its lease */
  const claim = async (leaseMs: number): Promise<readonly DeliveryRun[]> => {
    const now = new Date().toISOString();
    const runs = await ledger.claimDeliveries({ now, limit: 10, perOrigin: 10, inFlight: {}, leaseMs });
    return runs.toSorted((one, other) => (one.delivery.number ?? 0) - (other.delivery.number ?? 0));
  };
  return { ledger, deps, claim, failed: failed!, late: late! };
}

it('two runs of one delivery never say two things under one number, and the one with the lease is heard', async () => {
  const receiver = await startReceiver();
  const held: ServerResponse[] = [];
  receiver.answer(() => (response) => held.push(response));
  const { ledger, deps, claim, failed, late } = await setStage(receiver);
  expect([failed, late].map(({ type, number }) => [type, number])).toEqual([
    ['onboarding.failed', 1],
    ['onboarding.provisioned', 2],
  ]);
  const [stale] = await claim(0);
  const [run, ofLate] = await claim(60_000);
  const stalled = deliver(deps, stale!, NEVER);
  await eventually(() => held.length === 1);
  const running = deliver(deps, run!, NEVER);
  await eventually(() => held.length === 2);
  held[0]!.writeHead(500).end();
  await stalled;
  expect(await ledger.getDelivery(failed.id)).toMatchObject({ attempts: 1, errorCode: null });
  held[1]!.writeHead(502).end();
  await running;
  const after = await ledger.getDelivery(failed.id);
  expect(after).toMatchObject({ attempts: 2, errorCode: 'Http502', status: 'waiting' });
  expect(Date.parse(after!.nextAttemptAt!)).toBeGreaterThan(Date.now());

  receiver.answer(() => 204);
  await deliver(deps, ofLate!, NEVER);
  await deliver(deps, stale!, NEVER);
  expect(await ledger.getDelivery(failed.id)).toMatchObject({ attempts: 3, status: 'delivered' });
  const bodies = new Map<string, Set<string>>();
  for (const { headers, body } of receiver.received) {
    const { number } = JSON.parse(body) as { number: number };
    const key = `${headers['webhook-id']} ${number}`;
    bodies.set(key, (bodies.get(key) ?? new Set()).add(body));
  }
  expect([...bodies.keys()].sort()).toEqual([`${failed.id} 1`, `${late.id} 2`].sort());
  expect([...bodies.values()].map(({ size }) => size)).toEqual([1, 1]);
  expect(receiver.received).toHaveLength(4);
  expect(receiver.events().find(({ id }) => id === late.id)).toMatchObject({ late: true, number: 2 });
});

it('a stop cuts the calls that hang, and their deliveries go back at once with no attempt spent', async () => {
  const receiver = await startReceiver();
  receiver.answer(() => () => undefined);
  const { deps, claim } = await setStage(receiver);
  const stopping = new AbortController();
  const running = runWebhooks(deps, 100, stopping.signal);
  await eventually(() => receiver.received.length === 2);
  expect(await claim(60_000)).toEqual([]);
  stopping.abort();
  await running;
  const runs = await claim(60_000);
  expect(runs.map(({ delivery: { number, attempts } }) => [number, attempts])).toEqual([
    [1, 0],
    [2, 0],
  ]);
});
