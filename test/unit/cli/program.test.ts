import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../../src/cli/program.ts';
import { freePort } from '../../support/free-port.ts';
import { onboardingJson, startScriptedApi, type Scripted } from '../../support/scripted-api.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const ID = 'onb_01kaqk3v6m8x2c5d7f9h1j3n5q';
const COMMANDS = [
  'add',
  'import',
  'list',
  'show',
  'attempts',
  'wait',
  'replay',
  'replays',
  'cancel',
  'failures',
  'pause',
  'resume',
  'drain',
  'deliveries',
  'audit',
  'stats',
  'watch',
  'doctor',
  'sandbox',
  'iam-policy',
  'completion',
];
const BELOW = ['deliveries replay', 'replays show', 'replays follow', 'replays cancel'];

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function onboard(
  argv: readonly string[],
  { env = {}, stdin = '' }: { env?: Record<string, string>; stdin?: string } = {},
): Promise<Run> {
  const written = { out: '', err: '' };
  const code = await runProgram(argv, {
    env,
    terminal: {
      stdin: Readable.from([Buffer.from(stdin)]),
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
      screen: undefined,
      page: undefined,
      ask: undefined,
      readerGone: new AbortController().signal,
      now: () => Date.parse('2026-03-01T12:00:00Z'),
    },
  });
  return { code, ...written };
}

async function against(
  answer: Scripted | ((call: { method: string; url: string }) => Scripted),
  argv: readonly string[],
  stdin = '',
): Promise<Run & { sent: string[] }> {
  const api = await startScriptedApi((call) => (typeof answer === 'function' ? answer(call) : answer));
  const env = { ONBOARD_URL: api.url, ONBOARD_TOKEN: 'operator-0123456789' };
  const run = await onboard(argv, { env, stdin });
  return { ...run, sent: api.received.map(({ method, url, body }) => `${method} ${url} ${body}`.trim()) };
}

const ADD = 'add --account 000000000101 --region eu-west-1 --namespace tenant-42 --name orders'.split(' ');
const IMPORTED = {
  id: 'imp_1',
  rows: 3,
  accepted: 2,
  duplicates: 1,
  rejected: 0,
  cleaned: 0,
  ignoredColumns: ['expect'],
  errors: [],
  errorsTruncated: false,
};
const PAUSED = {
  region: 'eu-west-1',
  circuit: {
    state: 'open',
    reason: 'ExpiredTokenException',
    since: '2026-03-01T12:00:00Z',
    nextProbeAt: null,
  },
  paused: true,
  pause: { reason: 'AWS asked\u001b[31m us', actor: 'maria', since: '2026-03-01T12:00:00Z' },
  draining: null,
  drained: false,
  checksHeld: null,
  off: null,
};
const DELIVERY = {
  id: 'evt_01kaqk3v6m8x2c5d7f9h1j3n5q',
  type: 'onboarding.failed',
  onboardingId: ID,
  number: 2,
  late: false,
  destination: 'callback',
  status: 'failed',
  error: 'Http503',
  replays: 0,
  nextAttemptAt: null,
  createdAt: '2026-03-01T12:00:00.000Z',
  updatedAt: '2026-03-01T12:00:00.000Z',
  deliveredAt: null,
  attempts: [
    {
      number: 1,
      replay: 0,
      at: '2026-03-01T12:00:00.000Z',
      origin: 'https://hooks.example\u001b[31m',
      statusCode: 503,
      error: 'Http503',
      durationMs: 12,
      bodyStart: 'sorry',
    },
  ],
};
const STATS = {
  byStatus: { accepted: 0, queued: 1, retrying: 0, provisioned: 5, failed: 2, cancelled: 0 },
  byConnection: { waiting: 3, connected: 2, disconnected: 0, expired: 0, removed: 0, unknown: 0 },
  byLane: { live: 1, bulk: 7 },
  byRegion: { 'eu-west-1': { provisioned: 5, failed: 2, queued: 1 } },
  byErrorCode: { AccountConflict: 2 },
  regions: [
    {
      region: 'eu-west-1',
      circuit: { state: 'closed', reason: null, since: null, nextProbeAt: null },
      paused: false,
      pause: null,
      draining: null,
      drained: false,
      checksHeld: null,
      off: null,
      waiting: 1,
      active: 0,
      delayed: 0,
      oldestWaitingMs: 12,
      quota: { perSecond: 40, presentPerSecond: 39.8, foundPerSecond: null },
    },
  ],
};

const ADVICE = {
  title: 'AWS had an internal fault',
  side: 'aws',
  meaning: 'It passes.',
  todo: ['Wait.'],
  replay: 'sensible',
  replayNote: 'Replay when the Region works again.',
  runbook: 'docs/runbooks/aws-fault.md',
};
const GROUP = {
  errorCode: 'InternalException',
  kind: 'transient',
  message: 'An internal\u001b[31m error.',
  count: 3,
  firstSeenAt: '2026-03-01T11:00:00.000Z',
  lastSeenAt: '2026-03-01T11:58:00.000Z',
  regions: [{ region: 'eu-west-1', count: 3, paused: false }],
  trend: { lastHour: 3, hourBefore: 0, hours: [...Array<number>(23).fill(0), 3] },
  sampleIds: [ID],
  advice: ADVICE,
};
const REPLAY = {
  id: 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q',
  status: 'completed',
  reason: 'r',
  actor: 'maria',
  filter: { errorCode: 'InternalException' },
  ratePerSecond: null,
  matched: 3,
  queued: 3,
  skipped: 0,
  provisioned: 3,
  failed: 0,
  cancelled: 0,
  waiting: 0,
  pausedRegions: [],
  createdAt: '2026-03-01T12:00:00.000Z',
  updatedAt: '2026-03-01T12:00:00.000Z',
  endedAt: '2026-03-01T12:00:01.000Z',
};
const PREVIEW = {
  matched: 3,
  byErrorCode: [{ errorCode: 'InternalException', count: 3, advice: ADVICE }],
  byRegion: [{ region: 'eu-west-1', count: 3 }],
  sample: [],
};
const AUDITED = {
  id: 17,
  at: '2026-03-01T11:59:00.000Z',
  actor: 'maria',
  action: 'pause',
  subject: 'eu-west-1',
  reason: 'AWS asked us',
  before: { paused: false },
  after: { paused: true },
};

describe('help', () => {
  test.each([...COMMANDS, ...BELOW])('%s shows an example and goes to stdout', async (command) => {
    const { code, out, err } = await onboard([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`onboard ${command}`);
    expect(out).toMatch(/Examples?:\n {2}\$ /);
    expect(out).toContain('--json');
    expect(err).toBe('');
  });

  test('the program lists its commands, its environment and its exit codes', async () => {
    const { code, out } = await onboard(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('Examples:\n  $ onboard add');
    for (const text of [...COMMANDS, 'ONBOARD_URL', 'ONBOARD_TOKEN', '2 usage error'])
      expect(out).toContain(text);
  });
});

describe('misuse ends with 2, says why on stderr, and sends nothing', () => {
  test.each([
    [[], 'Usage: onboard'],
    [['bogus'], 'unknown command'],
    [['list', '--bogus'], 'unknown option'],
    [['lst'], 'unknown command "lst"\n(Did you mean list?)'],
    [['list', '--regoin', 'x'], 'unknown option "--regoin"\n(Did you mean --region?)'],
    [['list', '--region='], 'argument "" is invalid. The value is empty'],
    [['list', '--limit=-1'], 'argument "-1" is invalid. Enter a whole number from 0'],
    [['list', '--limit', '５'], 'argument "５" (has digits other than 0-9) is invalid. Enter a whole number'],
    [['list', '--from', '2026-11-25'], 'argument "2026-11-25" is invalid. Enter an instant such as'],
    [
      ['list', '--from', '2026-02-30T00:00:00Z'],
      'argument "2026-02-30T00:00:00Z" is invalid. Enter an instant',
    ],
    [['list', '--from', '999999d'], 'argument "999999d" is invalid. Enter an instant'],
    [['list', '--to', '2026-11-25T09:00:00'], 'argument "2026-11-25T09:00:00" is invalid. Enter an instant'],
    [
      [...ADD, '--lane', 'x'.repeat(100_000)],
      `argument "${'x'.repeat(60)}…" is invalid. Allowed choices are live`,
    ],
    [
      [...ADD, '--lane', "it's\u200blive"],
      String.raw`argument "it's\u200blive" (has invisible characters) is invalid. Allowed`,
    ],
    [['show', `${ID}\u200b`], String.raw`"${ID}\u200b" (has invisible characters) is not an onboarding id`],
    [
      ['attempts', 'onb_1'],
      `value "onb_1" is invalid for argument 'id'. The id of an onboarding is onb_ and 26`,
    ],
    [['bogus'], 'unknown command "bogus"\n'],
    [['--bogus'], 'unknown option "--bogus"\n'],
    [['pause', '..', '--reason', 'r'], `value ".." is invalid for argument 'region'. Enter a Region code`],
    [['pause', 'eu-west-1', '--reason', ''], '--reason <text>\' argument "" is invalid'],
    [[...ADD, '--customer-id', ''], 'argument "" is invalid. The value is empty'],
    [['audit', '--actor', ''], 'argument "" is invalid. The value is empty'],
    [['import', ''], 'Cannot read "": ENOENT'],
    [['wait', '..'], `value ".." is invalid for argument 'id'`],
    [['cancel', 'a/b', '--reason', 'r'], `value "a/b" is invalid for argument 'id'`],
    [['replay', ID.toUpperCase(), '--reason', 'r'], 'The id of an onboarding is onb_ and 26'],
    [['replays', 'show', ID], `value "${ID}" is invalid for argument 'id'. The id of a bulk replay is rpl_`],
    [
      ['deliveries', 'replay', '', '--reason', 'r'],
      `value "" is invalid for argument 'id'. The id of a webhook delivery`,
    ],
    [['deliveries', '--onboarding', 'x'], 'argument "x" is invalid. The id of an onboarding'],
    [['audit', '--replay', 'x'], 'argument "x" is invalid. The id of a bulk replay'],
    [['list', '--status', 'done'], 'Allowed choices are accepted'],
    [['list', '--limit', '1e3'], 'whole number'],
    [['list', '--json', '--csv'], 'cannot be used with'],
    [['show'], 'missing required argument'],
    [['show', 'a', 'b'], 'too many arguments'],
    [['add', '--account', '000000000101', '--region', 'eu-west-1'], '--source-name'],
    [[...ADD, '--source-name', 'aws.partner/acme.example/x'], '--source-name alone'],
    [[...ADD, '--lane', 'fast'], 'Allowed choices are live, bulk'],
    [[...ADD, '--metadata', 'plan'], 'key=value'],
    [[...ADD, '--metadata', 'plan=a', '--metadata', 'plan=b'], 'appears twice'],
    [['replay', ID], '--reason'],
    [['replay', '--reason', 'r'], '--all'],
    [['replay', ID, '--region', 'eu-west-1', '--reason', 'r'], 'not both'],
    [['replay', '--all', '--reason', 'r'], 'No terminal to ask for confirmation'],
    [['replay', '--all', '--rate', '0', '--reason', 'r', '--yes'], 'whole number from 1'],
    [['replay', '--all', '--from', 'yesterday', '--reason', 'r', '--yes'], 'such as 90m, 24h or 7d'],
    [
      ['replay', '--q', '', '--reason', 'r', '--yes'],
      `'--q <text>' argument "" is invalid. The value is empty`,
    ],
    [
      ['replay', '--region', ' ', '--reason', 'r', '--yes'],
      `'--region <region>' argument " " (has surrounding blanks) is invalid`,
    ],
    [['replay', '--account', '', '--reason', 'r', '--yes'], `'--account <id>' argument "" is invalid`],
    [['replay', '--customer', '', '--reason', 'r', '--yes'], `<id>' argument "" is invalid`],
    [
      ['replay', '--error-code', '', '--reason', 'r', '--yes'],
      `'--error-code <code>' argument "" is invalid`,
    ],
    [['list', '--q', ''], 'Enter a text, or omit the option'],
    [['replays', 'cancel', 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q'], '--reason'],
    [['cancel', ID], '--reason'],
    [['drain', 'eu-west-1'], '--reason'],
    [['stats', '--region', 'eu-west-1'], '--window'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    [['import', '-', '--errors-to', '/nonexistent/rejected.csv'], 'Cannot write'],
    [['import', '-', '--map', 'acount=Konto'], 'map.acount: There is no request field "acount"'],
    [['import', '-', '--map', 'account'], 'key=value'],
    [['import', '-', '--default', 'zone=x'], 'default.zone'],
    [['import', '-', '--delimiter', '||'], 'is not a delimiter'],
    [['import', '-', '--event-name', '{Product'], '"{Product" is not a template'],
    [['import', '-', '--dry-run', '--errors-to', '/dev/null'], 'reads the file twice'],
    [['pause', 'eu-west-1'], '--reason'],
    [['deliveries', 'replay', 'evt_01kaqk3v6m8x2c5d7f9h1j3n5q'], '--reason'],
    [['deliveries', '--status', 'lost'], '--status'],
    [['resume', '--reason', 'r'], 'region'],
    [['wait', ID, '--timeout', '0'], 'whole number from 1'],
    [['import', '/nonexistent/customers.csv'], 'Cannot read'],
    [['import', '/'], 'is a directory'],
    [['sandbox', '--port', '70000'], 'whole number'],
    [['iam-policy'], 'PARTNER_NAME'],
    [
      ['iam-policy', '--partner', 'acme.example', '--regions', 'mars'],
      '--regions entry 1 is not a Region code such as eu-west-1; it is "mars".',
    ],
  ])('%j', async (argv, reason) => {
    const { code, out, err, sent } = await against({ body: {} }, argv);
    expect({ code, out, sent }).toEqual({ code: 2, out: '', sent: [] });
    expect(err).toContain(reason);
  });

  test.each([
    ['list', '--limit'],
    ['audit', '--limit'],
    ['deliveries', '--limit'],
    ['replays', '--limit'],
    ['replay', '--all', '--reason', 'r', '--yes', '--rate'],
    ['wait', ID, '--timeout'],
    ['sandbox', '--port'],
  ])('a number that is none: %s %s', async (...argv) => {
    for (const text of ['NaN', 'Infinity', '-1', '1.5', '0x10', ' 5', '5s', '9'.repeat(400)]) {
      const { code, err, sent } = await against({ body: {} }, [...argv, text]);
      expect({ code, sent }, text).toEqual({ code: 2, sent: [] });
      expect(err).toContain('Enter a whole number from');
    }
  });

  test.each([
    ['localhost:3000', '"localhost:3000"'],
    ['http://127.0.0.1:99999', '"http://127.0.0.1:99999"'],
    ['http://me:hunter2@127.0.0.1:3000', '"http://…@127.0.0.1:3000"'],
    [' http://127.0.0.1:3000', '" http://127.0.0.1:3000" (has surrounding blanks)'],
  ])('an address that is none: %s', async (url, shown) => {
    const { code, err } = await onboard(['stats'], { env: { ONBOARD_URL: url, ONBOARD_TOKEN: 'x' } });
    expect(code).toBe(2);
    expect(err).toBe(
      `onboard: ONBOARD_URL must be an http:// or https:// address without user name and password, not ${shown}.\n`,
    );
  });
});

/** What the API answers to a call. */
function bodyOf(call: string): unknown {
  if (call.includes('/regions/')) return PAUSED;
  if (call.startsWith('GET /v1/audit')) return { items: [AUDITED], nextCursor: null };
  if (call.startsWith('GET /v1/replays?')) return { items: [REPLAY], nextCursor: null };
  if (call.includes('/replays')) return call.includes('dryRun') && !call.includes('rpl_') ? PREVIEW : REPLAY;
  if (call.startsWith('GET /v1/failures')) return { items: [GROUP] };
  if (call.startsWith('GET /v1/deliveries')) return { items: [DELIVERY], nextCursor: null };
  return call.includes('/deliveries/') ? DELIVERY : onboardingJson();
}

describe('what each command sends', () => {
  test.each([
    [[...ADD, '--metadata', 'plan=a=b', '--lane', 'bulk'], 'POST /v1/onboardings', 202],
    [[...ADD, '--dry-run'], 'POST /v1/onboardings?dryRun=true', 200],
    [['show', ID, '--json'], `GET /v1/onboardings/${ID}`, 200],
    [['replay', ID, '--reason', 'quota raised'], `POST /v1/onboardings/${ID}/replay`, 202],
    [
      ['replay', ID, '--reason', 'quota raised', '--dry-run'],
      `POST /v1/onboardings/${ID}/replay?dryRun=true`,
      200,
    ],
    [['deliveries'], 'GET /v1/deliveries?limit=50', 200],
    [
      [
        'deliveries',
        '--status',
        'failed',
        '--onboarding',
        ID,
        '--type',
        'onboarding.failed',
        '--cursor',
        'c',
      ],
      `GET /v1/deliveries?status=failed&type=onboarding.failed&onboardingId=${ID}&limit=50&cursor=c`,
      200,
    ],
    [
      ['deliveries', 'replay', 'evt_01kaqk3v6m8x2c5d7f9h1j3n5q', '--reason', 'fixed', '--dry-run'],
      'POST /v1/deliveries/evt_01kaqk3v6m8x2c5d7f9h1j3n5q/replay?dryRun=true {"reason":"fixed"}',
      200,
    ],
    [
      ['pause', 'eu-west-1', '--reason', 'AWS asked us', '--dry-run'],
      'POST /v1/regions/eu-west-1/pause?dryRun=true {"reason":"AWS asked us"}',
      200,
    ],
    [
      ['drain', 'eu-west-1', '--reason', 'Redis moves', '--dry-run'],
      'POST /v1/regions/eu-west-1/drain?dryRun=true {"reason":"Redis moves"}',
      200,
    ],
    [['cancel', ID, '--reason', 'gone'], `POST /v1/onboardings/${ID}/cancel {"reason":"gone"}`, 202],
    [
      ['failures', '--region', 'eu-west-1', '--from', '1h'],
      'GET /v1/failures?region=eu-west-1&from=2026-03-01T11%3A00%3A00.000Z',
      200,
    ],
    [['failures', 'InternalException'], 'GET /v1/failures', 200],
    [['audit', '--actor', 'maria', '--limit', '5'], 'GET /v1/audit?actor=maria&folded=true&limit=5', 200],
    [['replays', '--status', 'running'], 'GET /v1/replays?status=running&limit=20', 200],
    [
      ['replays', 'show', 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q'],
      'GET /v1/replays/rpl_01kaqk3v6m8x2c5d7f9h1j3n5q',
      200,
    ],
    [
      ['replays', 'cancel', 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q', '--reason', 'r', '--dry-run'],
      'POST /v1/replays/rpl_01kaqk3v6m8x2c5d7f9h1j3n5q/cancel?dryRun=true {"reason":"r"}',
      200,
    ],
    [
      ['replay', '--error-code', 'InternalException', '--ids', 'onb_1,onb_2', '--reason', 'r', '--dry-run'],
      'POST /v1/replays?dryRun=true {"filter":{"errorCode":"InternalException","ids":["onb_1","onb_2"]},"reason":"r"}',
      200,
    ],
    [
      ['replay', '--all', '--customer', 'c-1', '--rate', '20', '--reason', 'r', '--yes'],
      'POST /v1/replays {"filter":{"status":"failed","customerId":"c-1"},"reason":"r","ratePerSecond":20}',
      202,
    ],
    [
      ['resume', 'eu-west-1', '--reason', 'well again'],
      'POST /v1/regions/eu-west-1/resume {"reason":"well again"}',
      200,
    ],
  ])('%j', async (argv, call, status) => {
    const { code, sent } = await against({ status, body: bodyOf(call) }, argv);
    expect(code).toBe(0);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.startsWith(call)).toBe(true);
  });

  test('add sends account and metadata as they were given', async () => {
    const { sent } = await against({ status: 202, body: onboardingJson() }, [
      ...ADD,
      '--metadata',
      'plan=a=b',
    ]);
    expect(JSON.parse(sent[0]!.slice(sent[0]!.indexOf('{')))).toEqual({
      account: '000000000101',
      region: 'eu-west-1',
      eventNamespace: 'tenant-42',
      eventName: 'orders',
      metadata: { plan: 'a=b' },
    });
  });

  test('import streams stdin and file alike', async () => {
    const csv = 'account,region\n000000000101,eu-west-1\n';
    const file = join(await temporaryFolder(), 'customers.csv');
    await writeFile(file, csv);
    const fromStdin = await against({ status: 202, body: IMPORTED }, ['import', '-'], csv);
    const fromFile = await against({ status: 202, body: IMPORTED }, ['import', file]);
    expect(fromStdin.sent).toEqual([`POST /v1/imports ${csv}`.trim()]);
    expect(fromFile.sent).toEqual(fromStdin.sent);
    expect(fromFile.code).toBe(0);
    expect(fromFile.err).toContain('Ignored columns: expect');
  });

  test('list follows the pages up to its limit', async () => {
    const api = await startScriptedApi(() => ({
      body: { items: [onboardingJson(), onboardingJson()], nextCursor: 'next' },
    }));
    const env = { ONBOARD_URL: api.url, ONBOARD_TOKEN: 'x' };
    const { out, err } = await onboard(
      ['list', '--limit', '4', '--error-code', 'A', '--error-code', 'B', '--json'],
      { env },
    );
    expect(api.received.map(({ url }) => url)).toEqual([
      '/v1/onboardings?errorCode=A&errorCode=B&limit=4',
      '/v1/onboardings?errorCode=A&errorCode=B&limit=2&cursor=next',
    ]);
    expect(JSON.parse(out)).toMatchObject({ items: [{}, {}, {}, {}], nextCursor: 'next' });
    expect(err).toContain('--cursor next');
  });
});

test('a Region is shown with all that holds it, and nothing in a reason reaches the terminal as it is', async () => {
  const { out } = await against({ body: PAUSED }, ['pause', 'eu-west-1', '--reason', 'r']);
  expect(out).toMatch(/^eu-west-1: paused, circuit open: ExpiredTokenException by maria since .*: AWS asked/);
  expect(out).not.toContain('\u001b');
  const stats = { ...STATS, regions: [{ ...STATS.regions[0], ...PAUSED }] };
  expect((await against({ body: stats }, ['stats'])).out).toContain(
    'paused, circuit open: ExpiredTokenException',
  );
});

describe('--json prints what the API answered, and nothing else, on stdout', () => {
  test.each([
    [[...ADD], onboardingJson()],
    [['show', ID], onboardingJson()],
    [['list'], { items: [onboardingJson()], nextCursor: null }],
    [['attempts', ID], { items: [] }],
    [['wait', ID], onboardingJson({ status: 'provisioned' })],
    [['replay', ID, '--reason', 'r'], onboardingJson()],
    [['stats'], STATS],
    [['pause', 'eu-west-1', '--reason', 'r'], PAUSED],
    [['resume', 'eu-west-1', '--reason', 'r'], PAUSED],
    [['drain', 'eu-west-1', '--reason', 'r'], PAUSED],
    [['cancel', ID, '--reason', 'r'], onboardingJson({ status: 'cancelled' })],
    [['failures'], { items: [GROUP] }],
    [['audit'], { items: [AUDITED], nextCursor: null }],
    [['replays'], { items: [REPLAY], nextCursor: null }],
    [['replays', 'follow', 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q'], REPLAY],
    [['replay', '--all', '--reason', 'r', '--yes'], REPLAY],
    [['replay', '--all', '--reason', 'r', '--dry-run'], PREVIEW],
    [['deliveries'], { items: [DELIVERY], nextCursor: null }],
    [['deliveries', 'replay', 'evt_01kaqk3v6m8x2c5d7f9h1j3n5q', '--reason', 'r'], DELIVERY],
    [['import', '-'], IMPORTED],
  ])('%j', async (argv, body) => {
    const { code, out } = await against({ body }, [...argv, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(body);
  });

  test('iam-policy is JSON in any case', async () => {
    const { code, out } = await onboard(['iam-policy'], {
      env: { PARTNER_NAME: 'acme.example', REGIONS: 'eu-west-1,cn-north-1' },
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      Statement: [
        {
          Resource: [
            'arn:aws:events:eu-west-1::event-source/aws.partner/acme.example/*',
            'arn:aws-cn:events:cn-north-1::event-source/aws.partner/acme.example/*',
          ],
        },
      ],
    });
  });
});

describe('for people', () => {
  test('list is a table, and CSV on wish', async () => {
    const body = { items: [onboardingJson({ customerId: '=1+1' })], nextCursor: null };
    const table = await against({ body }, ['list']);
    expect(table.out.split('\n')[0]).toMatch(/^ID +STATUS +CONNECTION +REGION +ACCOUNT/);
    expect(table.out).toContain('000000000101');
    const csv = await against({ body }, ['list', '--csv']);
    expect(csv.out).toBe(
      '"id","status","account","region","sourceName","customerId","lane","eventSourceArn","connection","expiresAt","error","attempts","createdAt","completedAt"\n' +
        `"${ID}","queued","000000000101","eu-west-1","aws.partner/acme.example/tenant-42/orders","'=1+1","live","","","","","0","2026-01-02T03:04:05.000Z",""\n`,
    );
  });

  test.each([
    ['provisioned', 0],
    ['failed', 1],
  ] as const)('add --wait ends once it is %s, with exit code %i', async (status, code) => {
    const run = await against(
      ({ method }) => ({ body: onboardingJson({ status: method === 'POST' ? 'queued' : status }) }),
      [...ADD, '--wait'],
    );
    expect(run.code).toBe(code);
    expect(run.out).toMatch(new RegExp(`status +${status}`));
    expect(run.sent.at(-1)).toMatch(/^GET \/v1\/onboardings\/onb_.*\?wait=/);
  });

  test('an empty list of a Region that is not there names those that are', async () => {
    const run = await against(
      ({ url }) => ({
        body: url.startsWith('/v1/stats')
          ? { regions: [{ region: 'eu-west-1' }, { region: 'us-east-1' }] }
          : { items: [], nextCursor: null },
      }),
      ['list', '--region', 'eu-west1'],
    );
    expect(run.err).toContain('The service has no Region "eu-west1". Its Regions: eu-west-1, us-east-1.');
  });

  test('show of a customer’s id names the command that finds the customer', async () => {
    const { code, err } = await against({ body: {} }, ['show', 'cus_8fK2']);
    expect([code, err]).toEqual([
      2,
      'onboard: "cus_8fK2" is not an onboarding id (onb_…). For a customer, use: onboard list --customer cus_8fK2\n',
    ]);
  });

  test('deliveries shows what the last call came to, and nothing of a receiver reaches the terminal', async () => {
    const { out, err } = await against({ body: { items: [DELIVERY], nextCursor: 'next' } }, ['deliveries']);
    expect(out).toMatch(/^ID +TYPE +ONBOARDING +NUMBER +STATUS +ERROR +ATTEMPTS +TO/);
    expect(out).toContain(`onboarding.failed  ${ID}`);
    expect(out).toContain('Http503');
    expect(out).not.toContain('\u001b');
    expect(err).toContain('--cursor next');
  });

  test('failures has a line of advice under each group, and all about one with the next commands', async () => {
    const all = await against({ body: { items: [GROUP] } }, ['failures']);
    expect(all.out).toMatch(/InternalException +3 .* ready\n {2}AWS had an internal fault\n/);
    const one = await against({ body: { items: [GROUP] } }, ['failures', 'InternalException']);
    expect(one.out).toContain('1. Wait.');
    expect(one.out).toContain('docs/runbooks/aws-fault.md');
    expect(one.out).toContain(
      '$ onboard replay --error-code InternalException --ended-to 2026-03-01T11:58:00.000Z',
    );
    expect(one.out).not.toContain('\u001b');
    const none = await against({ body: { items: [GROUP] } }, ['failures', 'Elsewhere']);
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toContain('InternalException');
  });

  test('audit says what changed', async () => {
    const { out } = await against({ body: { items: [AUDITED], nextCursor: null } }, ['audit']);
    expect(out).toContain('paused: false → true');
  });

  test('a replay of which some failed again ends with 1', async () => {
    const body = { ...REPLAY, provisioned: 2, failed: 1 };
    expect(await against({ body }, ['replays', 'follow', 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q'])).toMatchObject({
      code: 1,
    });
    expect(
      await against({ body: REPLAY }, ['replays', 'follow', 'rpl_01kaqk3v6m8x2c5d7f9h1j3n5q']),
    ).toMatchObject({ code: 0 });
  });

  test('import writes all rejected rows to a file as the service gives them, also of a dry run', async () => {
    const folder = await temporaryFolder();
    const [file, customers] = [join(folder, 'rejected.csv'), join(folder, 'customers.csv')];
    await writeFile(customers, 'Konto\n12\n');
    const errors = [
      { row: 1, line: 2, field: 'account', code: 'invalid_account', message: '12 digits, please' },
    ];
    const api = await startScriptedApi(({ url }) => ({
      body: url.includes('csv') ? `Konto,line\n12,2\n` : { ...IMPORTED, rejected: 1, errors },
    }));
    const env = { ONBOARD_URL: api.url, ONBOARD_TOKEN: 'x' };
    const argv = ['import', customers, '--errors-to', file, '--map', 'account=Konto'];
    const done = await onboard(argv, { env });
    expect(done.code).toBe(1);
    expect(done.out).not.toContain('12 digits');
    expect(done.err).toContain(`1 rejected rows are in ${file}.`);
    expect(await readFile(file, 'utf8')).toBe('Konto,line\n12,2\n');
    await writeFile(file, '');
    await onboard([...argv, '--dry-run'], { env });
    expect(await readFile(file, 'utf8')).toBe('Konto,line\n12,2\n');
    expect(api.received.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
      'POST /v1/imports?map.account=Konto Konto\n12',
      'GET /v1/imports/imp_1/errors?format=csv',
      'POST /v1/imports?dryRun=true&map.account=Konto Konto\n12',
      'POST /v1/imports?dryRun=true&map.account=Konto&errors=csv Konto\n12',
    ]);
  });

  test('import sends how its columns are named, and a dry run shows what comes of them', async () => {
    const body = {
      ...IMPORTED,
      sample: [
        { account: '000000000101', region: 'eu-west-1', eventName: 'shop', metadata: { plan: 'gold' } },
        { account: '000000000102', region: 'eu-west-1', eventName: 'crm', metadata: {} },
      ],
      layout: {
        delimiter: ';',
        columns: ['AWS Account ID', 'Product', 'Tarif'],
        map: { account: 'AWS Account ID', 'metadata.plan': 'Tarif' },
        default: { region: 'eu-west-1' },
        eventNamespace: null,
        eventName: '{Product}',
      },
    };
    const options = [
      ...['--delimiter', ';', '--map', 'account=AWS Account ID', '--map', 'metadata.plan=Tarif'],
      ...['--default', 'region=eu-west-1', '--event-namespace', 'c/{Product}', '--event-name', '{Product}'],
    ];
    const { out, sent } = await against({ body }, ['import', '-', '--dry-run', ...options], 'x');
    const query = new URLSearchParams(/\?(\S+)/.exec(sent[0] ?? '')?.[1]);
    expect(Object.fromEntries(query)).toEqual({
      dryRun: 'true',
      delimiter: ';',
      eventNamespace: 'c/{Product}',
      eventName: '{Product}',
      'map.account': 'AWS Account ID',
      'map.metadata.plan': 'Tarif',
      'default.region': 'eu-west-1',
    });
    expect(out).toMatch(/account +column "AWS Account ID"/);
    expect(out).toMatch(/region +default "eu-west-1"/);
    expect(out).toMatch(/eventName +template "\{Product\}"/);
    expect(out).toMatch(/account +region +eventName +metadata\.plan\n0+101 +eu-west-1 +shop +gold\n/);
  });

  test('stats shows counts and queues', async () => {
    const { out } = await against({ body: STATS }, ['stats']);
    expect(out).toMatch(/error +AccountConflict +2/);
    expect(out).toMatch(/eu-west-1 +1 +0 +0 +0s +40 +running/);
  });

  test('no control character of the data reaches the terminal', async () => {
    const hostile = 'a\u001b[2Jb\u009b31mc\u202ed\r\n';
    const body = onboardingJson({
      customerId: hostile,
      metadata: { [hostile]: hostile },
      error: { code: hostile, kind: 'rejected', message: hostile, retryable: false, at: '' },
    });
    const list = { items: [body], nextCursor: null };
    const runs = await Promise.all([
      against({ body }, ['show', ID]),
      against({ body }, ['show', ID, '--json']),
      against({ body: list }, ['list']),
      against({ body: list }, ['list', '--csv']),
      against({ status: 400, body: { code: hostile, detail: hostile } }, ['show', ID]),
      against({ status: 400, body: { code: hostile, detail: hostile } }, ['show', ID, '--json']),
    ]);
    for (const { out, err } of runs) {
      expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(JSON.parse(runs[1].out)).toEqual(body);
  });
});

describe('failures end with 1', () => {
  test('a problem is told with its code', async () => {
    const body = {
      code: 'invalid_request',
      detail: 'First.',
      field: 'account',
      errors: [
        { field: 'account', code: 'invalid_account', message: 'First.' },
        { field: 'region', code: 'required', message: 'Second.' },
      ],
    };
    const { code, out, err } = await against({ status: 400, body }, ADD);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe('onboard: invalid_request (HTTP 400): First.\n  account: First.\n  region: Second.\n');
  });

  test('with --json a problem is JSON, on stderr', async () => {
    const { code, out, err } = await against({ status: 404, body: { code: 'not_found', detail: 'No.' } }, [
      'show',
      ID,
      '--json',
    ]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err)).toMatchObject({ code: 'not_found', status: 404 });
  });

  test('a service that is not there is told with the fix', async () => {
    const env = { ONBOARD_URL: `http://127.0.0.1:${await freePort()}`, ONBOARD_TOKEN: 'x' };
    const { code, err } = await onboard(['stats'], { env });
    expect(code).toBe(1);
    expect(err).toMatch(/No service responds at .*ECONNREFUSED.*npm start.*ONBOARD_URL/);
  });

  test('an import with rejected rows reports row, field and reason', async () => {
    const body = {
      ...IMPORTED,
      rejected: 1,
      errors: [{ row: 7, line: 8, field: 'account', code: 'invalid_account', message: 'Twelve digits.' }],
    };
    const plain = await against({ status: 202, body }, ['import', '-']);
    expect(plain.code).toBe(1);
    expect(plain.out).toMatch(/7 +8 +account +invalid_account +Twelve digits\./);
    const csv = await against({ status: 202, body }, ['import', '-', '--csv']);
    expect(csv.out).toBe(
      '"ROW","LINE","FIELD","CODE","REASON"\n"7","8","account","invalid_account","Twelve digits."\n',
    );
  });

  test('wait tells an end that is none', async () => {
    const { code, out } = await against({ body: onboardingJson({ status: 'failed' }) }, ['wait', ID]);
    expect(code).toBe(1);
    expect(out).toContain('failed');
  });

  test('wait gives up after its time', async () => {
    const { code, err } = await against({ body: onboardingJson() }, ['wait', ID, '--timeout', '1']);
    expect(code).toBe(1);
    expect(err).toContain('has not ended within 1 s');
  });
});

describe('the token', () => {
  test('is the one that an embedded service keeps', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'admin-token'), 'kept-0123456789abcdef\n');
    const api = await startScriptedApi(() => ({ body: onboardingJson() }));
    await onboard(['show', ID], { env: { ONBOARD_URL: api.url, DATA_DIR: dataDir } });
    expect(api.received[0]!.headers.authorization).toBe('Bearer kept-0123456789abcdef');
  });

  test('of the embedded service is never sent to another machine', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'admin-token'), 'kept-0123456789abcdef\n');
    const { code, err } = await onboard(['stats'], {
      env: { ONBOARD_URL: 'http://onboard.invalid', DATA_DIR: dataDir },
    });
    expect(code).toBe(1);
    expect(err).toContain('Set ONBOARD_TOKEN');
  });

  test('that is missing is told with the fix', async () => {
    const { code, err } = await onboard(['stats'], { env: { DATA_DIR: '/nonexistent' } });
    expect(code).toBe(1);
    expect(err).toMatch(/\/nonexistent\/admin-token.*ONBOARD_TOKEN/);
  });
});
