import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import type { Problem } from '../../src/api/http/problem.ts';
import { OnboardingSchema } from '../../src/api/schemas/onboardings.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
});

const problemOf = (reply: { body: string }): Problem => JSON.parse(reply.body) as Problem;

describe('POST /v1/onboardings', () => {
  it('answers 202 with the onboarding and its address, and the source is made', async () => {
    const reply = await service.post(request('orders', { customerId: 'c-1', metadata: { plan: 'gold' } }));
    expect(reply.statusCode).toBe(202);
    expect(reply.headers['location']).toBe(`/v1/onboardings/${idOf(reply)}`);
    const accepted = OnboardingSchema.parse(JSON.parse(reply.body));
    expect(accepted).toMatchObject({
      status: 'queued',
      lane: 'live',
      customerId: 'c-1',
      metadata: { plan: 'gold' },
    });
    const ended = OnboardingSchema.parse(await service.until(accepted.id, 'provisioned'));
    expect(ended).toMatchObject({ outcome: 'created', awsState: 'pending', attempts: 1, replays: 0 });
    expect(service.sandbox.books.sources({ name: ended.sourceName })).toHaveLength(1);
  });

  it('answers 200 with the first one when the same onboarding comes again, keeping its fields', async () => {
    const body = request('orders', { customerId: 'first' });
    const first = await service.post(body);
    const again = await service.post({ ...body, customerId: 'second', metadata: { a: 'b' } });
    expect(again.statusCode).toBe(200);
    expect(JSON.parse(again.body)).toMatchObject({ id: idOf(first), customerId: 'first', metadata: {} });
  });

  it('answers 409 for another account without naming the one that has it', async () => {
    const body = request('orders', { account: '111122223333' });
    await service.post(body);
    const taken = await service.call({
      method: 'POST',
      url: '/v1/onboardings',
      payload: { ...body, account: '000000000102' },
      token: TOKENS.signup,
    });
    expect(taken.statusCode).toBe(409);
    expect(problemOf(taken)).toMatchObject({ code: 'source_name_taken', status: 409 });
    expect(taken.headers['content-type']).toContain('application/problem+json');
    expect(taken.body).not.toContain('111122223333');
  });

  it('makes one row, one job and one AWS create out of 50 concurrent requests', async () => {
    const body = request('race');
    const replies = await Promise.all(Array.from({ length: 50 }, () => service.post(body)));
    expect(new Set(replies.map(idOf)).size).toBe(1);
    expect(replies.filter((reply) => reply.statusCode === 202)).toHaveLength(1);
    expect(replies.filter((reply) => reply.statusCode === 200)).toHaveLength(49);
    const ended = await service.until(idOf(replies[0]!), 'provisioned');
    expect(service.sandbox.books.calls({ name: ended.sourceName }).creates).toBe(1);
  });

  it('takes a whole source name, also one of two parts', async () => {
    const sourceName = 'aws.partner/acme.example/two-parts';
    const reply = await service.post({ account: '000000000101', region: 'eu-west-1', sourceName });
    expect(reply.statusCode).toBe(202);
    expect(await service.until(idOf(reply), 'provisioned')).toMatchObject({
      sourceName,
      eventSourceArn: `arn:aws:events:eu-west-1::event-source/${sourceName}`,
    });
  });

  it('judges the same and writes nothing in a dry run', async () => {
    const dryRun = async (body: unknown): Promise<{ statusCode: number; body: string }> =>
      service.call({ method: 'POST', url: '/v1/onboardings?dryRun=true', payload: body as object });
    const body = request('dry');
    expect(JSON.parse((await dryRun(body)).body)).toEqual({ dryRun: true, status: 202, onboarding: null });
    const first = await service.post(body);
    expect(first.statusCode).toBe(202);
    expect(JSON.parse((await dryRun(body)).body)).toMatchObject({
      status: 200,
      onboarding: { id: idOf(first) },
    });
    expect(problemOf(await dryRun({ ...body, account: '000000000109' }))).toMatchObject({
      code: 'source_name_taken',
    });
    expect(problemOf(await dryRun({ ...body, account: 1 }))).toMatchObject({ field: 'account' });
  });

  it('reports every wrong field at once', async () => {
    const reply = await service.post({
      account: 101,
      region: 'mars-1',
      eventNamespace: 'a//b',
      eventName: 'x/y',
      nope: 1,
    });
    expect(reply.statusCode).toBe(400);
    const problem = problemOf(reply);
    expect(problem).toMatchObject({ code: 'invalid_request', field: 'account' });
    expect(problem.errors?.map(({ field, code }) => [field, code])).toEqual([
      ['account', 'invalid_type'],
      ['region', 'region_not_registered'],
      ['eventNamespace', 'invalid_source_name'],
      ['eventName', 'invalid_source_name'],
      ['nope', 'unknown_field'],
    ]);
  });
});

describe('hostile bodies get a 4xx problem with code and field, and the process stays up', () => {
  const sql = "'; DROP TABLE onboardings; --";
  const html = '<img src=x onerror=alert(1)>';
  const json = { 'content-type': 'application/json' };
  const hostile: readonly [what: string, payload: string | Buffer, code: string, field: string][] = [
    ['an array', '[]', 'invalid_request', 'body'],
    ['a bare string', '"hello"', 'invalid_request', 'body'],
    ['null', 'null', 'invalid_request', 'body'],
    ['no JSON at all', '{"account":', 'invalid_json', 'body'],
    ['nothing', '', 'invalid_json', 'body'],
    [
      'bad UTF-8',
      Buffer.concat([Buffer.from('{"account":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
      'invalid_encoding',
      'body',
    ],
    ['10 MB', JSON.stringify({ account: 'a'.repeat(10_000_000) }), 'body_too_large', 'body'],
    [
      'wrong types everywhere',
      JSON.stringify({ account: [], region: {}, eventNamespace: 7, eventName: true, metadata: [] }),
      'invalid_request',
      'account',
    ],
    [
      'an account that is a number',
      JSON.stringify(request('x', { account: 123456789012 })),
      'invalid_request',
      'account',
    ],
    [
      'a __proto__ key',
      '{"__proto__":{"role":"admin"},"account":"000000000101","region":"us-east-1","eventNamespace":"a","eventName":"b"}',
      'invalid_request',
      '__proto__',
    ],
    [
      'a constructor key in metadata',
      JSON.stringify(request('x', { metadata: { constructor: 'x' } })),
      'invalid_request',
      'metadata.constructor',
    ],
    [
      'a __proto__ key in metadata',
      JSON.stringify(request('x')).replace('"eventName"', '"metadata":{"__proto__":"x"},"eventName"'),
      'invalid_request',
      'metadata.__proto__',
    ],
    [
      'SQL in every string',
      JSON.stringify({ account: sql, region: sql, eventNamespace: sql, eventName: sql, customerId: sql }),
      'invalid_request',
      'account',
    ],
    [
      'HTML in every string',
      JSON.stringify({
        account: html,
        region: html,
        eventNamespace: html,
        eventName: html,
        customerId: html,
      }),
      'invalid_request',
      'account',
    ],
    ['SQL in the name', JSON.stringify(request(sql)), 'invalid_request', 'eventName'],
    [
      'a name with traversal',
      JSON.stringify(request('orders', { eventNamespace: '../../etc' })),
      'invalid_request',
      'eventNamespace',
    ],
    ['a name of dots', JSON.stringify(request('..')), 'invalid_request', 'eventName'],
    [
      'NUL in the customer',
      JSON.stringify(request('x', { customerId: 'a\u0000b' })),
      'invalid_request',
      'customerId',
    ],
    [
      'a lone surrogate',
      String.raw`{"account":"000000000101","region":"us-east-1","eventNamespace":"a","eventName":"b","customerId":"\ud800"}`,
      'invalid_request',
      'customerId',
    ],
    [
      'metadata over 8 KB',
      JSON.stringify(request('x', { metadata: { a: 'x'.repeat(9_000) } })),
      'invalid_request',
      'metadata.a',
    ],
    [
      '51 pairs of metadata',
      JSON.stringify(
        request('x', { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])) }),
      ),
      'invalid_request',
      'metadata',
    ],
    ['a name of 300 characters', JSON.stringify(request('x'.repeat(300))), 'invalid_request', 'eventName'],
    [
      'a callback over plain http',
      JSON.stringify(request('x', { callbackUrl: 'http://10.0.0.1/' })),
      'invalid_request',
      'callbackUrl',
    ],
  ];
  it.each(hostile)('%s', async (_what, payload, code, field) => {
    const reply = await service.call({ method: 'POST', url: '/v1/onboardings', payload, headers: json });
    expect(reply.statusCode).toBeGreaterThanOrEqual(400);
    expect(reply.statusCode).toBeLessThan(500);
    expect(problemOf(reply)).toMatchObject({ code, field, status: reply.statusCode });
    expect(({} as Record<string, unknown>)['role']).toBeUndefined();
    expect((await service.call({ url: '/healthz' })).statusCode).toBe(200);
  });

  it('a body of another type', async () => {
    const reply = await service.call({
      method: 'POST',
      url: '/v1/onboardings',
      payload: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(problemOf(reply)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it('SQL and HTML in texts that may hold them are stored and shown unchanged', async () => {
    const reply = await service.post(request('texts', { customerId: sql, metadata: { note: html } }));
    expect(reply.statusCode).toBe(202);
    expect(await service.onboarding(idOf(reply))).toMatchObject({
      customerId: sql,
      metadata: { note: html },
    });
  });
});

describe('reading', () => {
  it('waits for the end of an onboarding, and no longer', async () => {
    const id = idOf(await service.post(request('cme-1')));
    const ended = await service.call({ url: `/v1/onboardings/${id}?wait=20` });
    expect(JSON.parse(ended.body)).toMatchObject({ status: 'provisioned' });
    const slow = idOf(await service.post(request('expired-9')));
    const before = Date.now();
    const open = await service.call({ url: `/v1/onboardings/${slow}?wait=0.3` });
    expect(Date.now() - before).toBeGreaterThanOrEqual(290);
    expect((JSON.parse(open.body) as Onboarding).completedAt).toBeNull();
  });

  it.each(['?wait=31', '?wait=-1', '?wait=soon', '?limit=3'])('refuses %s by name', async (query) => {
    const id = idOf(await service.post(request('orders')));
    const reply = await service.call({ url: `/v1/onboardings/${id}${query}` });
    expect(problemOf(reply)).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problemOf(reply).errors?.[0]?.field).toBe(query.includes('wait') ? 'wait' : 'limit');
  });

  it.each(['nonsense', 'onb_00000000000000000000000000', '%00', '..%2f..'])(
    'answers 404 for the id %s',
    async (id) => {
      for (const path of [`/v1/onboardings/${id}`, `/v1/onboardings/${id}/attempts`]) {
        expect((await service.call({ url: path })).statusCode).toBe(404);
      }
    },
  );

  it('pages through the list newest first by every filter', async () => {
    const customerId = `pages-${Date.now()}`;
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1)
      ids.unshift(
        idOf(await service.post(request('orders', { customerId, metadata: { tag: `Tag%${n}_` } }))),
      );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const url = `/v1/onboardings?customerId=${customerId}&limit=2${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = JSON.parse((await service.call({ url })).body) as {
        items: Onboarding[];
        nextCursor: string | null;
      };
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);
    const count = async (query: string): Promise<number> =>
      (
        JSON.parse(
          (await service.call({ url: `/v1/onboardings?customerId=${customerId}&${query}` })).body,
        ) as { items: unknown[] }
      ).items.length;
    expect(await count('q=tag%253_')).toBe(1);
    expect(await count('q=TAG%25')).toBe(5);
    expect(await count('region=eu-west-1')).toBe(0);
    expect(await count('account=000000000101')).toBe(5);
    expect(await count('errorCode=LimitExceededException')).toBe(0);
    expect(await count(`from=${new Date(Date.now() + 60_000).toISOString()}`)).toBe(0);
    expect(await count(`to=${new Date(Date.now() + 60_000).toISOString()}`)).toBe(5);
  });

  it.each(['cursor=abc', 'status=done', 'limit=0', 'limit=1000', 'from=yesterday', 'stauts=failed'])(
    'refuses the list query %s',
    async (query) => {
      const reply = await service.call({ url: `/v1/onboardings?${query}` });
      expect(problemOf(reply)).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(problemOf(reply).field).toBeTruthy();
    },
  );
});
