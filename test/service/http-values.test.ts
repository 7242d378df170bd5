import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request, startService, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ workers: [], stopWith: afterAll });
});

const ID = 'onb_01kaqk3v6m8x2c5d7f9h1j3n5q';
const good = request('values');

interface Refusal {
  readonly status: number;
  readonly field?: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

async function refusal(options: Parameters<RunningService['call']>[0]): Promise<Refusal> {
  const reply = await service.call(options);
  expect(reply.headers['content-type'], reply.body).toContain('application/problem+json');
  const problem = JSON.parse(reply.body) as Refusal;
  expect(problem.status).toBe(reply.statusCode);
  return problem;
}

const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
  ({
    method: 'POST',
    url,
    payload: JSON.stringify(payload),
    headers: { 'content-type': 'application/json', ...headers },
  }) as const;

describe('a refusal shows the value and the fix', () => {
  it.each([
    ['account', 123456789012, /in quotes, not 123456789012: numbers lose/],
    ['account', '11111111111１', /nothing else; this is "11111111111１" \(has digits other than 0-9\)/],
    ['account', '000000000101\u200b', /this is "000000000101\\u200b" \(has invisible characters\)/],
    ['account', ['000000000101'], /not \["000000000101"\]/],
    ['region', 'us-east-1 ', /"us-east-1 " \(has surrounding blanks\); registered are: us-east-1/],
    ['region', '\u00a0us-east-1', /"\\u00a0us-east-1" \(has surrounding blanks\)/],
    ['region', 'us-eаst-1', /\(has letters of another alphabet\)/],
    ['region', true, /not true; registered are/],
    ['eventName', 1e21, /in quotes, not 1e\+21\./],
    ['eventName', 'a b', /The segment "a b" holds " "; allowed are/],
    ['eventNamespace', 'a//b', /"a\/\/b" has an empty segment/],
    ['customerId', 'x'.repeat(100_000), /^"x{60}…" has 100000 characters; at most 256 are allowed\.$/],
    ['customerId', 'a\u0000b', /^"a\\u0000b" has control characters/],
    ['customerId', '\ud800', /^"\\ud800" has control characters or lone surrogates/],
    ['lane', 'Live', /"bulk", not "Live"\./],
    ['callbackUrl', 'http://me:hunter2@acme.example/x?token=hunter2', /not "http:\/\/…@acme\.example\/x\?…"/],
    ['constructor', 1, /no field "constructor"; there are: account/],
    ['accuont', 1, /no field "accuont"; there are: account/],
  ])('of the field %s: %j', async (field, value, message) => {
    for (const [url, body] of [
      ['/v1/onboardings', { ...good, [field]: value }],
      ['/v1/onboardings/batch', [{ ...good, [field]: value }]],
    ] as const) {
      const reply = await service.call(post(url, body));
      const answer = JSON.parse(reply.body) as Refusal & { items?: readonly { problem: Refusal }[] };
      const { errors = [] } = answer.items?.[0]?.problem ?? answer;
      expect(errors.find((issue) => issue.field === field)?.message, reply.body).toMatch(message);
      expect(reply.body).not.toContain('hunter2');
    }
  });

  it('but never a value of metadata', async () => {
    for (const value of ['hunter2\u0000', `hunter2${'x'.repeat(9_000)}`, ['hunter2'], { a: 'hunter2' }]) {
      const { errors, ...problem } = await refusal(
        post('/v1/onboardings', { ...good, metadata: { plan: value } }),
      );
      expect(errors?.[0]).toMatchObject({ field: 'metadata.plan' });
      expect(JSON.stringify({ errors, problem })).not.toContain('hunter2');
    }
  });

  it.each([
    ['/v1/onboardings?limit=0', 'limit', 'Send a whole number from 1 to 200, not "0".'],
    ['/v1/onboardings?limit=-1', 'limit', 'Send a whole number from 1 to 200, not "-1".'],
    ['/v1/audit?limit=1e9', 'limit', 'Send a whole number from 1 to 200, not "1e9".'],
    ['/v1/replays?limit=abc', 'limit', 'Send a whole number from 1 to 200, not "abc".'],
    ['/v1/deliveries?limit=1.5', 'limit', 'Send a whole number from 1 to 200, not "1.5".'],
    ['/v1/onboardings?limit=5&limit=6', 'limit', /^Send one value, not \["5", "6"\]\.$/],
    [
      '/v1/onboardings?region=eu-west-1&region=x',
      'region',
      /^Send one value, not \["eu-west-1", "x"\]\. Registered/,
    ],
    [`/v1/onboardings/${ID}?wait=31`, 'wait', 'Send a number from 0 to 30, not "31".'],
    ['/v1/onboardings?status=done', 'status', /^Send one of accepted, .*, not "done"\.$/],
    [
      '/v1/onboardings?region=us-east-1%20',
      'region',
      /eu-west-1, not "us-east-1 " \(has surrounding blanks\)\. Registered are: us-east-1/,
    ],
    [
      '/v1/onboardings?region=',
      'region',
      'Send a Region code such as eu-west-1, not "". Registered are: us-east-1',
    ],
    [
      '/v1/failures?region=mars',
      'region',
      'Send a Region code such as eu-west-1, not "mars". Registered are: us-east-1',
    ],
    [
      '/v1/events?region=mars',
      'region',
      'Send a Region code such as eu-west-1, not "mars". Registered are: us-east-1',
    ],
    ['/v1/events?lastEventId=x', 'lastEventId', /earlier event.*, not "x"\.$/],
    ['/v1/onboardings?account=101', 'account', 'Send the 12 digits of an AWS account id, not "101".'],
    ['/v1/onboardings?customerId=', 'customerId', /not empty.*, not ""\.$/],
    ['/v1/onboardings?q=', 'q', /not empty.*, not ""\.$/],
    [`/v1/onboardings?q=${'x'.repeat(201)}`, 'q', /^Send at most 200 characters, not "x{60}…"\.$/],
    ['/v1/onboardings?from=2026-11-25', 'from', /with its offset.*, not "2026-11-25"\.$/],
    ['/v1/onboardings?to=2026-11-25T09:00:00', 'to', /with its offset.*, not "2026-11-25T09:00:00"\.$/],
    ['/v1/onboardings?to=2026-11-25T09:00:00+01:00', 'to', /%2B in a URL.*00 01:00"\.$/],
    ['/v1/onboardings?to=0000-01-01T00:00:00Z', 'to', /years 1 to 9999, not "0000/],
    [
      '/v1/onboardings?Region=eu-west-1',
      'Region',
      /no query parameter "Region" here; there are: status, connection, /,
    ],
    ['/v1/onboardings?__proto__=1', '__proto__', /no query parameter "__proto__" here/],
    ['/v1/onboardings?cursor=abc', 'cursor', 'Send the nextCursor of an earlier page unchanged, not "abc".'],
    [
      '/v1/onboardings?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      'from',
      /not after "to", not "2026-02/,
    ],
    [
      '/v1/failures?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      'from',
      /not after "to", not "2026-02/,
    ],
    ['/v1/audit?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from', /not after "to", not "2026-02/],
    ['/v1/audit?actor=', 'actor', /not empty.*, not ""\.$/],
    ['/v1/audit?folded=maybe', 'folded', 'Send true or false, not "maybe".'],
    ['/v1/audit?replayId=rpl_1', 'replayId', /rpl_ and 26 characters, not "rpl_1"\.$/],
    ['/v1/deliveries?onboardingId=1', 'onboardingId', /onb_ and 26 characters, not "1"\.$/],
    ['/v1/imports/imp_1/errors?format=xml', 'format', 'Send one of ndjson, csv, not "xml".'],
  ])('of the query of %s', async (url, field, message) => {
    const { status, errors } = await refusal({ url });
    expect({ status, errors }).toEqual({
      status: 400,
      errors: [
        {
          field,
          code: expect.stringMatching(/^(invalid_value|unknown_field)$/) as string,
          message: expect.stringMatching(message) as string,
        },
      ],
    });
  });

  it.each([
    ['/v1/onboardings/onb_1', /no onboarding has the id "onb_1": such an id is onb_ and 26/i],
    [`/v1/onboardings/${ID}`, new RegExp(`^No onboarding has the id "${ID}"\\.$`)],
    [`/v1/onboardings/${ID.toUpperCase()}`, /"ONB_.*lower-case/],
    [`/v1/onboardings/${ID}%20`, /"onb_\w+ " \(has surrounding blanks\)/],
    ['/v1/onboardings/a%2Fb', /"a\/b"/],
    ['/v1/onboardings/..%2F..%2Fetc/attempts', /"\.\.\/\.\.\/etc"/],
    ['/v1/onboardings/%00', /"\\u0000"/],
    [`/v1/onboardings/${'x'.repeat(500)}`, /An id in the path "\/v1\/onboardings\/x+…" is too long/],
    ['/v1/onboardings/%E0%A4%A', /URL "\/v1\/onboardings\/%E0%A4%A" contains a %/],
    ['/v1/imports/imp_1', /No import has the id "imp_1"/],
    ['/v1/replays/1', /No replay has the id "1"/],
    ['/v1/onbordings?token=hunter2', /GET is not supported at "\/v1\/onbordings\?…"/],
  ])('of the path %s', async (url, detail) => {
    const problem = await refusal({ url });
    expect([400, 404]).toContain(problem.status);
    expect(problem.detail).toMatch(detail);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });

  it.each([
    [
      'the key',
      post('/v1/onboardings', good, { 'idempotency-key': 'kéy' }),
      400,
      /such as a UUID; this is "k\\u00e9y"|"kéy"/,
    ],
    [
      'a long key',
      post('/v1/onboardings', good, { 'idempotency-key': 'k'.repeat(300) }),
      400,
      /this is "k{60}…"/,
    ],
    [
      'the content type',
      { method: 'POST', url: '/v1/onboardings', payload: 'a=b', headers: { 'content-type': 'text/plain' } },
      415,
      /application\/json, not "text\/plain"/,
    ],
    [
      'an import’s content type',
      { method: 'POST', url: '/v1/imports', payload: 'a', headers: { 'content-type': 'text/plain' } },
      415,
      /text\/csv or application\/x-ndjson, not "text\/plain"/,
    ],
    [
      'the encoding',
      post('/v1/onboardings', good, { 'content-encoding': 'gzip' }),
      415,
      /without content-encoding \(this has "gzip"\)/,
    ],
    [
      'the last event',
      { url: '/v1/events', headers: { 'last-event-id': 'abc' } },
      400,
      /earlier event.*, not "abc"/,
    ],
  ] as const)('of a header: %s', async (_what, options, status, detail) => {
    const problem = await refusal({ ...options });
    expect(problem.status).toBe(status);
    expect(problem.detail).toMatch(detail);
  });

  it.each([
    [
      `/v1/onboardings/${ID}/cancel`,
      {},
      'reason',
      /^Enter a reason as text of 1 to 500 characters without control characters\.$/,
    ],
    [`/v1/onboardings/${ID}/replay`, { reason: 7 }, 'reason', /characters, not 7\.$/],
    [
      `/v1/onboardings/${ID}/replay`,
      { reason: 'a\u202eb', more: 1 },
      'more',
      /no field "more" here; there are: reason/,
    ],
    ['/v1/regions/us-east-1/pause', { reason: 'x\u0007' }, 'reason', /not "x\\u0007"/],
    ['/v1/regions/us-east-1/pause', { reason: 'é'.repeat(501) }, 'reason', /not "é{60}…"\.$/],
    ['/v1/regions/us-east-1/pause', ['reason'], 'body', 'Send one JSON object, not ["reason"].'],
    ['/v1/replays', { reason: 'r', filter: { from: '2026-11-25' } }, 'filter.from', /not "2026-11-25"/],
    [
      '/v1/replays',
      { reason: 'r', filter: { region: 'us-east-1 ' } },
      'filter.region',
      /not "us-east-1 " \(has surr/,
    ],
    ['/v1/replays', { reason: 'r', filter: { account: 101 } }, 'filter.account', /not 101: numbers/],
    ['/v1/replays', { reason: 'r', filter: { ids: 'onb_1' } }, 'filter.ids', /not "onb_1"/],
    ['/v1/replays', { reason: ' ', filter: { q: 'x' } }, 'reason', /not " "/],
    ['/v1/replays', { reason: 'r', filter: { q: 'x' }, ratePerSecond: -0 }, 'ratePerSecond', /10000, not 0;/],
    ['/v1/onboardings/batch', {}, 'body', 'Send a list of onboardings, […], not {…}.'],
  ])('of the body of %s: %j', async (url, body, field, message) => {
    const { status, errors } = await refusal(post(url, body));
    expect(status).toBe(400);
    expect(errors?.find((issue) => issue.field === field)?.message).toMatch(message);
  });

  it.each([
    ['', 'The body is not a JSON document: Unexpected end of JSON input.'],
    [
      '{"account":"hunter2","account":"b"}',
      'The body has "account" twice in one object: send each name once.',
    ],
    ['{"a":{"b":":","\\u0062":1}}', 'The body has "b" twice in one object: send each name once.'],
    ['{"a":"\u0001"}', /Bad control character in string literal in JSON at position 6/],
    ['{"a":\u200b1}', /Unexpected token '\\u200b'/],
    ['account=hunter2', /^The body is not a JSON document: Unexpected token 'a'\.$/],
    [
      `{"metadata":{"plan":"hunter2"},"account":x}`,
      /^The body is not a JSON document: Unexpected token 'x'\.$/,
    ],
    ["{'account':'hunter2'}", /^The body is not a JSON document: Expected property name or '}' in JSON/],
  ])('of a body that is no JSON, without quoting it: %s', async (payload, detail) => {
    const problem = await refusal({ ...post('/v1/onboardings', {}), payload });
    expect(problem.status).toBe(400);
    expect(problem.detail).toMatch(detail);
    expect(problem.detail).not.toContain('hunter2');
  });

  it.each([
    ['/onboardings?status=nope', /Enter one of accepted, [a-z, ]+, not &quot;nope&quot;\./],
    ['/onboardings?from=2026-13-01', /such as 2026-11-25 13:00, not &quot;2026-13-01&quot;\./],
    [`/onboardings?q=${'x'.repeat(201)}`, /Enter at most 200 characters, not &quot;x{60}…&quot;\./],
    ['/onboardings?from=a%E2%80%8Bb', /, not &quot;a\\u200bb&quot; \(has invisible characters\)\./],
    ['/audit?action=a&action=b', /Enter one value, not \[&quot;a&quot;, &quot;b&quot;\]\./],
    ['/deliveries?onboardingId=1', /onb_ and 26 characters, not &quot;1&quot;\./],
  ])('of a filter of the console: %s', async (url, text) => {
    const reply = await service.call({ url });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toMatch(text);
  });

  it.each([
    [
      '/onboardings/replay',
      'status=nope&reason=r',
      /Enter one of accepted, [a-z, ]+, not &quot;nope&quot;\./,
    ],
    ['/regions/us-east-1/pause', 'reason=a%07b', /&quot;a\\u0007b&quot; has control characters/],
    ['/regions/us-east-1/pause', `reason=${'x'.repeat(501)}`, /x{60}…&quot; has 501 characters; at most 500/],
  ])('of a form of the console: %s %s', async (url, payload, text) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await service.call({ method: 'POST', url, payload, headers });
    expect([400, 409]).toContain(reply.statusCode);
    expect(reply.body).toMatch(text);
  });

  it('of a Region and of a row', async () => {
    const region = await refusal(post('/v1/regions/eu-west1/pause', { reason: 'r' }));
    expect(region.detail).toMatch(/Unknown Region "eu-west1".*us-east-1/);
    const rows = await service.call({
      method: 'POST',
      url: '/v1/imports?dryRun=true',
      headers: { 'content-type': 'text/csv' },
      payload: 'account,region,eventNamespace,eventName\n0000\u200b00000101,us-eаst-1,a,b c\n',
    });
    const { errors } = JSON.parse(rows.body) as Refusal;
    expect(errors?.map(({ message }) => message).join('\n')).toMatch(
      /"0000\\u200b00000101" \(has invisible characters\)[^]*another alphabet[^]*"b c" holds " "/,
    );
  });
});
