import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { createNotifier } from '../../src/notifications/notifier.ts';
import type { DeliveryHandler } from '../../src/ports/notifications.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMetrics } from '../../src/runtime/metrics/registry.ts';
import { eventually } from '../support/eventually.ts';
import { onboardingIn, roundWrite } from '../support/ledger-fixtures.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';
import { SECRET, startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const NEVER = new AbortController().signal;

/** Two workers that each hold the same job, as after a lock that ran out; and an onboarding that failed, then succeeded late. */
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
      webhookUrl: receiver.url,
    },
  );
  onTestFinished(async () => {
    await ledger.close();
    await database.drop();
  });
  const notifier = createNotifier({
    secrets: [SECRET],
    allowHosts: [],
    timeoutMs: 30_000,
    userAgent: 'test',
    clock: systemClock,
  });
  const worker = (): DeliveryHandler =>
    createDeliverer({
      ledger,
      notifier,
      clock: systemClock,
      random: () => 0.5,
      policy: { backoffBaseMs: 60_000 },
      log,
      metrics: createMetrics({ version: 'test', regions: [], ofProcess: false }),
    });
  const at = new Date().toISOString();
  const before = await onboardingIn('queued', { ledger });
  await ledger.saveRound(roundWrite(before, 'failed', { at }));
  await ledger.saveRound(roundWrite(before, 'provisioned', { at }));
  const { items } = await ledger.listDeliveries({ onboardingId: before.id }, { limit: 10 });
  const told = items.toSorted((one, other) => (one.number ?? 0) - (other.number ?? 0));
  return { ledger, workers: [worker(), worker()] as const, told };
}

it('two runs of one job never say two things under one number, and the first to fail is heard', async () => {
  const receiver = await startReceiver();
  const held: ServerResponse[] = [];
  receiver.answer(() => (response) => held.push(response));
  const { ledger, workers, told } = await setStage(receiver);
  const [failed, late] = told;
  expect(told.map(({ type, number }) => [type, number])).toEqual([
    ['onboarding.failed', 1],
    ['onboarding.provisioned', 2],
  ]);
  const run = { deliveryId: failed!.id, replays: 0, jobId: 'x' };
  const runs = workers.map(async (work, index) => {
    const verdict = work(run, NEVER);
    await eventually(() => held.length > index);
    return verdict;
  });
  await eventually(() => held.length === 2);
  held[0]!.writeHead(500).end();
  await eventually(async () => (await ledger.getDelivery(failed!.id))?.attempts === 1);
  const after = await ledger.getDelivery(failed!.id);
  held[1]!.writeHead(502).end();
  const verdicts = await Promise.all(runs);
  expect(verdicts.map(({ kind }) => kind).sort()).toEqual(['retry', 'snooze']);
  expect(await ledger.getDelivery(failed!.id)).toMatchObject({
    attempts: 2,
    errorCode: 'Http500',
    nextAttemptAt: after?.nextAttemptAt,
  });

  receiver.answer(() => 204);
  await workers[0]({ ...run, deliveryId: late!.id }, NEVER);
  await workers[1](run, NEVER);
  // Once it is delivered, a run of the same job says nothing any more.
  expect(await workers[1](run, NEVER)).toEqual({ kind: 'done' });
  const bodies = new Map<string, Set<string>>();
  for (const { headers, body } of receiver.received) {
    const { number } = JSON.parse(body) as { number: number };
    const key = `${headers['webhook-id']} ${number}`;
    bodies.set(key, (bodies.get(key) ?? new Set()).add(body));
  }
  expect([...bodies.keys()].sort()).toEqual([`${failed!.id} 1`, `${late!.id} 2`].sort());
  expect([...bodies.values()].map(({ size }) => size)).toEqual([1, 1]);
  expect(receiver.received).toHaveLength(4);
  expect(receiver.events().find(({ id }) => id === late!.id)).toMatchObject({ late: true, number: 2 });
});
