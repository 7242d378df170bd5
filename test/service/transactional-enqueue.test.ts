import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import {
  acceptInTransaction,
  type TransactionalAcceptance,
  type TransactionalRequest,
} from '../../src/outbox.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';
import { rawQueueOf, untilHeld } from '../support/region-queues.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
});

async function connect(url = service.databaseUrl): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => client.end());
  return client;
}

const transactional = (...given: Parameters<typeof request>): TransactionalRequest =>
  request(...given) as never;
function onboardingOf(answer: TransactionalAcceptance): Onboarding {
  if (!('onboarding' in answer)) throw new Error(JSON.stringify(answer));
  return answer.onboarding;
}

it('what a transaction commits is provisioned, and what it rolls back is not', async () => {
  const client = await connect();
  await client.query('begin');
  const gone = await acceptInTransaction(client, transactional('rolled-back'));
  await client.query('rollback; begin');
  const kept = await acceptInTransaction(client, transactional('committed'));
  await client.query('commit');
  const ended = await service.until(onboardingOf(kept).id, 'provisioned');
  expect(ended).toMatchObject({ outcome: 'created', attempts: 1, replays: 0 });
  expect(service.sandbox.books.calls({ name: ended.sourceName }).creates).toBe(1);
  expect(service.sandbox.books.sources({ name: onboardingOf(gone).sourceName })).toEqual([]);
});

it('commits that follow one another do not wait for the look every five seconds', async () => {
  const client = await connect();
  const startedAt = Date.now();
  for (let index = 0; index < 10; index += 1) {
    const { id } = onboardingOf(await acceptInTransaction(client, transactional('one-by-one')));
    await eventually(async () => (await service.onboarding(id)).status !== 'accepted');
  }
  // By the look alone, each but the first takes five seconds.
  expect(Date.now() - startedAt).toBeLessThan(30_000);
});

it('the many of one transaction are all provisioned, each once', async () => {
  const client = await connect();
  await client.query('begin');
  const made = [];
  for (let index = 0; index < 120; index += 1) {
    made.push(onboardingOf(await acceptInTransaction(client, transactional('many', { lane: 'bulk' }))));
  }
  await client.query('commit');
  for (const { id, sourceName } of made) {
    await service.until(id, 'provisioned');
    // A crowd is throttled, and on a busy machine a call can time out after it was applied: the next one adopts.
    const outcomes = (await service.attempts(id)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => ['created', 'adopted'].includes(outcome))).toHaveLength(1);
    expect(service.sandbox.books.sources({ name: sourceName })).toHaveLength(1);
  }
});

it('a row that nobody was told of is found within seconds', async () => {
  const client = await connect();
  const sent = request('unannounced');
  const name = `aws.partner/acme.example/${String(sent['eventNamespace'])}/unannounced`;
  await client.query(
    `insert into onboarding.onboardings (id, region, source_name, account, lane, created_at, updated_at)
     values (onboarding.new_onboarding_id(now()), 'us-east-1', $1, '000000000101', 'live', now(), now())`,
    [name],
  );
  const { rows } = await client.query<{ id: string }>(
    'select id from onboarding.onboardings where source_name = $1',
    [name],
  );
  await service.until(rows[0]!.id, 'provisioned');
});

it('a live request lifts a waiting bulk one, in the ledger and in the queue', async () => {
  await service.call({
    method: 'POST',
    url: '/v1/regions/eu-west-1/pause',
    payload: { reason: 'so that it waits' },
  });
  await untilHeld(service.redis.url, 'eu-west-1');
  const waiting = request('lifted', { region: 'eu-west-1', lane: 'bulk' });
  const id = idOf(await service.post(waiting));
  const client = await connect();
  const lifted = await acceptInTransaction(client, { ...waiting, lane: 'live' } as never);
  expect(lifted).toMatchObject({ kind: 'existing', onboarding: { id, lane: 'live' } });
  await eventually(async () => (await service.onboarding(id)).lane === 'live');
  const live = await rawQueueOf(service.redis.url, 'eu-west-1', 'live');
  await eventually(async () => (await live.getJobState(`${id}-r0`)) === 'prioritized');
  const bulk = await rawQueueOf(service.redis.url, 'eu-west-1', 'bulk');
  expect(await bulk.getJobState(`${id}-r0`)).toBe('unknown');
  expect((await client.query('select from onboarding.lifts')).rowCount).toBe(0);
});

it('a POST for a name that an open transaction holds answers 503, and hinders no other', async () => {
  const client = await connect();
  const held = request('held');
  await client.query('begin');
  await acceptInTransaction(client, held as never);
  const refused = service.post(held);
  const others = await Promise.all(Array.from({ length: 10 }, () => service.post(request('beside'))));
  expect(others.map(({ statusCode }) => statusCode)).toEqual(others.map(() => 202));
  const reply = await refused;
  expect(reply.statusCode).toBe(503);
  expect(reply.headers['retry-after']).toMatch(/^[0-9]+$/);
  expect(JSON.parse(reply.body)).toMatchObject({ code: 'ledger_unavailable' });
  await client.query('commit');
  expect((await service.post(held)).statusCode).toBe(200);
});

it('answers HTTP as the way in through SQL has left it', async () => {
  const client = await connect();
  const sent = request('both-ways', { account: '111122223333' });
  const first = onboardingOf(await acceptInTransaction(client, sent as never));
  const again = await service.post(sent);
  expect([again.statusCode, idOf(again)]).toEqual([200, first.id]);
  const taken = await service.call({
    method: 'POST',
    url: '/v1/onboardings',
    payload: { ...sent, account: '000000000101' },
    token: TOKENS.signup,
  });
  expect(taken.statusCode).toBe(409);
});

it('what is committed while the service is down is provisioned once it is up', async () => {
  const database = await createTestDatabase();
  onTestFinished(async () => database.drop());
  const before = await openLedger(
    { kind: 'postgres', url: database.url },
    {
      awsMode: 'sandbox',
      partner: 'acme.example',
      regions: ['us-east-1'],
      clock: systemClock,
      log: recordingLog(),
    },
  );
  await before.close();
  const client = await connect(database.url);
  const { id } = onboardingOf(await acceptInTransaction(client, transactional('while-down')));
  const later = await startService({ databaseThrough: () => database.url });
  expect(await later.until(id, 'provisioned')).toMatchObject({ attempts: 1 });
});
