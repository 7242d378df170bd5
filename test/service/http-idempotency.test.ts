import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyDigest } from '../../src/api/http/idempotency.ts';
import type { Problem } from '../../src/api/http/problem.ts';
import { sha256Hex } from '../../src/runtime/api-token.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
let database: pg.Client;
beforeAll(async () => {
  let address = '';
  service = await startService({
    databaseThrough: (url) => (address = url),
    stopWith: afterAll,
  });
  database = new pg.Client({ connectionString: address });
  // A client whose database is dropped in the end has nobody to tell.
  database.on('error', () => undefined);
  await database.connect();
  // For maintenance, which looks every five seconds.
  await database.query(
    `insert into onboarding.idempotency_keys (key, fingerprint, answer, created_at)
     select 'old-' || n, 'x', 'x', now() - interval '25 hours' from generate_series(1, 2500) n`,
  );
});

type Reply = Awaited<ReturnType<RunningService['call']>>;

const post = (
  payload: unknown,
  {
    key,
    url = '/v1/onboardings',
    token = TOKENS.signup,
  }: { key?: string; url?: string; token?: string } = {},
): Promise<Reply> =>
  service.call({
    method: 'POST',
    url,
    payload: payload as object,
    token,
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });

const problemOf = (reply: Reply): Problem => JSON.parse(reply.body) as Problem;
const replayed = (reply: Reply): unknown => reply.headers['idempotent-replayed'];
const rows = async (sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
  (await database.query<Record<string, unknown>>(sql, values)).rows;

describe('a call under an Idempotency-Key', () => {
  it('is answered again as it was, whatever has become of the onboarding since', async () => {
    const [body, key] = [request('replayed'), randomUUID()];
    const first = await post(body, { key });
    expect(first.statusCode).toBe(202);
    expect(replayed(first)).toBeUndefined();
    await service.until(idOf(first), 'provisioned');
    const again = await post(Object.fromEntries(Object.entries(body).reverse()), { key });
    expect(again.statusCode).toBe(202);
    expect(replayed(again)).toBe('true');
    expect(again.body).toBe(first.body);
    expect(again.headers['location']).toBe(`/v1/onboardings/${idOf(first)}`);
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect((await post(body)).statusCode).toBe(200);
  });

  it('keeps 200, 400 and 409 as well', async () => {
    const body = request('kept');
    await post(body);
    const calls: readonly [status: number, body: unknown][] = [
      [200, body],
      [409, { ...body, account: '000000000102' }],
      [400, { ...body, account: '1', metadata: { deep: { er: 1 } } }],
      [400, 'no object'.split('')],
    ];
    for (const [status, sent] of calls) {
      const key = randomUUID();
      const [first, again] = [await post(sent, { key }), await post(sent, { key })];
      expect([first.statusCode, again.statusCode]).toEqual([status, status]);
      expect([replayed(first), replayed(again)]).toEqual([undefined, 'true']);
      expect(again.body).toBe(first.body);
      expect(again.headers['content-type']).toBe(first.headers['content-type']);
      expect(problemOf(await post(request('other'), { key }))).toMatchObject({
        status: 422,
        code: 'idempotency_key_reused',
      });
    }
  });

  it('is refused with another body, and nothing is recorded', async () => {
    const key = randomUUID();
    const other = request('other');
    await post(request('first'), { key });
    expect(problemOf(await post(other, { key }))).toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
      field: 'Idempotency-Key',
    });
    const found = await rows(
      'select 1 from onboarding.onboardings where source_name like $1',
      `%${String(other['eventNamespace'])}/%`,
    );
    expect(found).toEqual([]);
  });

  it('has the key for its own token and route alone', async () => {
    const [body, key] = [request('scope'), randomUUID()];
    expect((await post(body, { key })).statusCode).toBe(202);
    expect((await post(body, { key, token: TOKENS.operator })).statusCode).toBe(200);
    const batch = await post([body], { key, url: '/v1/onboardings/batch' });
    expect([batch.statusCode, replayed(batch)]).toEqual([200, undefined]);
    const again = await post([body], { key, url: '/v1/onboardings/batch' });
    expect([again.body, replayed(again)]).toEqual([batch.body, 'true']);
    expect(JSON.parse(batch.body)).toMatchObject({ items: [{ status: 200 }] });
  });

  it('leaves neither the key nor the token in the ledger', async () => {
    const key = `customer-${randomUUID()}`;
    await post(request('secret'), { key });
    const digest = keyDigest({ tokenSha256: sha256Hex(TOKENS.signup), route: '/v1/onboardings', key });
    const kept = await rows('select * from onboarding.idempotency_keys where key = $1', digest);
    expect(kept).toHaveLength(1);
    const all = JSON.stringify(await rows('select * from onboarding.idempotency_keys'));
    for (const secret of [key, TOKENS.signup, sha256Hex(TOKENS.signup)]) expect(all).not.toContain(secret);
  });

  it.each([
    ['empty', ''],
    ['256 characters long', 'k'.repeat(256)],
    ['not ASCII', 'é'],
    ['a tab', 'a\tb'],
  ])('is refused when the key is %s', async (_what, key) => {
    for (const [url, body] of [
      ['/v1/onboardings', request('key')],
      ['/v1/onboardings/batch', [request('key')]],
    ] as const)
      expect(problemOf(await post(body, { key, url }))).toMatchObject({
        status: 400,
        field: 'Idempotency-Key',
      });
  });

  it.each([
    ['one character', 'k'],
    ['255 characters', 'k'.repeat(255)],
    ['quotes, as the IETF draft has them', '"8e03978e 40d5"'],
  ])('takes %s', async (_what, key) => {
    expect((await post(request('key'), { key })).statusCode).toBe(202);
  });

  it('keeps nothing of a dry run, of 401, 403 and of what cannot be read', async () => {
    const [body, key] = [request('not-kept'), randomUUID()];
    expect((await post(body, { key, url: '/v1/onboardings?dryRun=true' })).statusCode).toBe(200);
    expect((await post(body, { key, token: TOKENS.viewer })).statusCode).toBe(403);
    expect((await post(body, { key, token: 'nobody-0123456789' })).statusCode).toBe(401);
    const unreadable = await service.call({
      method: 'POST',
      url: '/v1/onboardings',
      payload: '{"account":',
      token: TOKENS.signup,
      headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    });
    expect(problemOf(unreadable).code).toBe('invalid_json');
    const first = await post(body, { key });
    expect([first.statusCode, replayed(first)]).toEqual([202, undefined]);
  });

  it('stands for no body that is too deep to be parsed', async () => {
    const key = randomUUID();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const headers = { 'idempotency-key': key, 'content-type': 'application/json' };
    const call = { method: 'POST', url: '/v1/onboardings', payload: deep, headers } as const;
    expect((await service.call(call)).statusCode).toBe(413);
    expect(replayed(await service.call(call))).toBeUndefined();
    const good = { ...call, payload: JSON.stringify(request('after')) };
    expect((await service.call(good)).statusCode).toBe(202);
  });
});

describe('200 calls at once for the same onboarding', () => {
  it.each([
    ['under one key', () => 'same'],
    ['under keys of their own', (n: number) => `own-${n}` as string | undefined],
    ['without a key', () => undefined],
    ['with and without a key', (n: number) => (n % 2 === 0 ? 'mixed' : undefined)],
  ])('%s make one row, one job and one AWS create, and 200 true answers', async (_what, keyOf) => {
    const body = request('crowd');
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, n) => {
        const key = keyOf(n);
        return post(body, key === undefined ? {} : { key });
      }),
    );
    expect(new Set(replies.map(idOf)).size).toBe(1);
    const id = idOf(replies[0]!);
    const first = replies.filter((reply) => reply.statusCode === 202 && replayed(reply) === undefined);
    expect(first.length).toBeLessThanOrEqual(1);
    for (const reply of replies) {
      expect([200, 202]).toContain(reply.statusCode);
      if (replayed(reply) === 'true')
        expect(reply.body).toBe(replies.find((one) => replayed(one) === 'true')?.body);
    }
    expect(replies.filter((reply) => replayed(reply) === undefined && reply.statusCode === 202)).toHaveLength(
      1,
    );
    const ended = await service.until(id, 'provisioned');
    expect(service.sandbox.books.calls({ name: ended.sourceName }).creates).toBe(1);
    expect(
      await rows('select 1 from onboarding.onboardings where source_name = $1', ended.sourceName),
    ).toHaveLength(1);
    expect(await service.attempts(id)).toHaveLength(1);
  });
});

describe('while the first call with a key is at work elsewhere', () => {
  const hold = async (key: string): Promise<void> => {
    await database.query('begin');
    await database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      keyDigest({ tokenSha256: sha256Hex(TOKENS.signup), route: '/v1/onboardings', key }),
    ]);
  };

  it('its repetition waits for it', async () => {
    const [body, key] = [request('waits'), randomUUID()];
    await hold(key);
    const waiting = post(body, { key });
    const ledgerCalls = async (): Promise<number> =>
      Number(
        /ledger_call_duration_seconds_count\{operation="acceptKeyed",result="ok"\} (\d+)/.exec(
          (await service.call({ url: '/metrics' })).body,
          // No series before the first call, as when this test runs alone.
        )?.[1] ?? 0,
      );
    const before = await ledgerCalls();
    await eventually(async () => (await ledgerCalls()) > before + 1);
    await database.query('rollback');
    expect((await waiting).statusCode).toBe(202);
  });

  it('is answered 409 with Retry-After when that takes longer than 5 s, and taken over once it is free', async () => {
    const [body, key] = [request('held'), randomUUID()];
    await hold(key);
    const reply = await post(body, { key });
    expect(problemOf(reply)).toMatchObject({ status: 409, code: 'idempotency_key_in_use' });
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    await database.query('rollback');
    expect((await post(body, { key })).statusCode).toBe(202);
  });
});

describe('maintenance', () => {
  it('forgets keys after 24 hours', async () => {
    const left = async (): Promise<unknown> =>
      (
        await rows(`select count(*)::int as count from onboarding.idempotency_keys where key like 'old-%'`)
      )[0]?.['count'];
    await eventually(async () => (await left()) === 0, { withinMs: 90_000, everyMs: 100 });
    expect(await rows('select 1 from onboarding.idempotency_keys limit 1')).toHaveLength(1);
  });
});
