import fc from 'fast-check';

/** Texts that broke somebody's service once. */
const TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u0001\u001f\u007f',
  '\r\nx: y',
  '\ud800',
  'x\udfffy',
  '\ufeff',
  '\u202eright to left',
  '😀'.repeat(50),
  'ﬁ',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  "' OR 1=1 --",
  '"; DROP TABLE onboarding.onboardings; --',
  '%',
  '%00',
  '%_%',
  '\\',
  '../../../etc/passwd',
  '..%2f..%2f',
  '${7*7}{{7*7}}<%= 7*7 %>',
  '<script>alert(1)</script>',
  '=cmd|/c calc',
  'null',
  'undefined',
  'NaN',
  '[object Object]',
  '1e999',
  '-0',
  '0x',
  '9'.repeat(400),
  '999999999999999999999999',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  'a'.repeat(257),
  'a'.repeat(9_000),
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

/** Any JSON value, and those that trip readers. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 2 ** 53, 1e308, [], {}, [[]], [null]),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(50, 1_000).map(deep) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(hostileText, hostileText), { maxLength: 60 })
      .map((pairs) => Object.fromEntries(pairs)),
  },
);

export const HOSTILE_TYPES = [
  '',
  'text/plain',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/jsonx',
  'application/json;;;',
  'application/problem+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/csv',
  'application/x-ndjson',
  '*/*',
  'é',
];

export const HOSTILE_METHODS = [
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'CONNECT',
  'FOO',
  'get',
  'GET POST',
];

/** Request targets beside the routes; all of them printable, as what is not never gets to the router. */
export const HOSTILE_TARGETS = [
  '*',
  '/',
  '//',
  '//v1/stats',
  '/../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/v1/../v1/stats',
  '/v1/onboardings/',
  '/v1/onboardings//attempts',
  '/v1/%6fnboardings',
  '/v1/onboardings/%2F',
  '/v1/onboardings/%00',
  '/v1/onboardings/%ff',
  '/v1/onboardings/%',
  '/%zz',
  '/v1/stats;x=1',
  '/v1/stats#x',
  '/v1/stats%3Fx',
  'http://elsewhere.example/v1/stats',
  'v1/stats',
  '/V1/STATS',
  '/openapi.json?x=%',
  '/queues/../v1/stats',
  '/queues/%2e%2e/v1/stats',
  '/queues/static/../../../package.json',
  '/queues/static/%2e%2e%2f%2e%2e%2fpackage.json',
  '/queues/api/queues?activeQueue=%00&status=constructor&page=-1&jobsPerPage=1e9',
  '/queues/api/queues?page=NaN&activeQueue=onboarding-us-east-1-live&status=failed',
  '/queues/api/queues/onboarding-us-east-1-live/__proto__',
  '/queues/api/queues/__proto__/metrics',
  '/queues/queue/%F0%9F%98%80',
];
