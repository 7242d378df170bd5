import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../../src/runtime/config-variables.ts';
import type { Variable } from '../../../src/runtime/variable.ts';
import { loadConfig, type Config } from '../../../src/runtime/config.ts';

const EXTERNAL = {
  REDIS_URL: 'redis://user:redis-password@redis:6379',
  DATABASE_URL: 'postgres://user:pg-password@db/onboard',
  AWS_MODE: 'live',
  PARTNER_NAME: 'acme.example',
  API_TOKENS: 'admin:local-admin-0123456789',
  SESSION_SECRET: 'login-secret-0123456789-0123456789',
};

function configOf(env: Record<string, string>, run?: string): Config {
  const loaded = loadConfig(env, run);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
}

function problemsOf(env: Record<string, string>, run?: string): readonly string[] {
  const loaded = loadConfig(env, run);
  return loaded.ok ? [] : loaded.problems;
}

describe('loadConfig', () => {
  it('runs embedded in the sandbox when nothing is set', () => {
    expect(configOf({})).toMatchObject({
      awsMode: 'sandbox',
      partner: 'acme.example',
      regions: ['us-east-1'],
      host: '127.0.0.1',
      port: 3000,
      redisUrl: undefined,
      databaseUrl: undefined,
      apiTokens: undefined,
      quotaPerSecond: 40,
      concurrency: 50,
      awsTimeoutMs: 10_000,
      stopDeadlineMs: 8_000,
      retry: {
        attemptsMax: 60,
        backoffBaseMs: 2_000,
        backoffCapMs: 900_000,
        deadlineMs: 86_400_000,
        limitExceededWaitMs: 0,
      },
      webhook: {
        url: undefined,
        secrets: [],
        callbackAllowHosts: [],
        timeoutMs: 15_000,
        backoffBaseMs: 5_000,
      },
      parts: ['http', 'provisioning', 'webhooks', 'maintenance', 'lifecycle'],
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(configOf({ PORT: '', REDIS_URL: '' }).port).toBe(3000);
  });

  it('listens for figures on a port of their own only when told to, and never on that of HTTP', () => {
    expect(configOf({}).metricsPort).toBeUndefined();
    expect(configOf({ METRICS_PORT: '9464' }).metricsPort).toBe(9_464);
    expect(configOf({ METRICS_PORT: '0', PORT: '0' }).metricsPort).toBe(0);
    expect(problemsOf({ METRICS_PORT: '3000' }).join()).toContain('METRICS_PORT');
  });

  it('reports every problem at once, each with the variable and what it must be', () => {
    const problems = problemsOf({
      PORT: '70000',
      CONCURRENCY: '0',
      QUOTA_PER_SECOND: '-1',
      REGIONS: 'us-east-1,mars',
      AWS_MODE: 'test',
      LOG_LEVEL: 'loud',
      TRUST_PROXY: 'maybe',
    });
    for (const name of [
      'PORT',
      'CONCURRENCY',
      'QUOTA_PER_SECOND',
      'REGIONS',
      'AWS_MODE',
      'LOG_LEVEL',
      'TRUST_PROXY',
    ]) {
      expect(
        problems.filter((line) => line.startsWith(name)),
        name,
      ).toHaveLength(1);
    }
    expect(problems).toHaveLength(7);
  });

  it.each([
    ['PORT', '3000 ', 'must be a whole number from 0 to 65535; it is "3000 " (has surrounding blanks)'],
    [
      'CONCURRENCY',
      '５０',
      'must be a whole number from 1 to 5000; it is "５０" (has digits other than 0-9)',
    ],
    ['LOG_LEVEL', 'loud', 'must be one of debug, info, warn, error; it is "loud"'],
    ['REGIONS', 'us-east-1,eu-west1', 'entry 2 is not a Region code such as eu-west-1; it is "eu-west1"'],
    ['REGIONS', 'us-east-1,us-east-1', 'names an entry twice; it is "us-east-1"'],
    ['PUBLIC_URL', 'https://me:hunter2@x/', 'must not contain a user name or password; it is "https://…@x/"'],
    ['PARTNER_NAME', 'acme\u200b.example', /it is "acme\\u200b\.example" \(has invisible characters\)$/],
    ['TRUST_PROXY', '10.0.0.0/33', /it is "10\.0\.0\.0\/33"$/],
    [
      'PORT',
      'hunter2-hunter2-hunter2',
      'must be a whole number from 0 to 65535; it looks like a secret and is not shown',
    ],
    ['CALLBACK_ALLOW_HOSTS', 'hooks/x', /it is "hooks\/x"$/],
  ])('shows the value of %s: %j', (name, text, problem) => {
    const [line = '', ...others] = problemsOf({ [name]: text });
    expect(others).toEqual([]);
    if (typeof problem === 'string') expect(line).toBe(`${name} ${problem}`);
    else expect(line).toMatch(problem);
  });

  it('shows no value of a variable that is secret', () => {
    const secrets = Object.entries(VARIABLES as Record<string, Variable<unknown>>).flatMap(
      ([name, { secret }]) => (secret === true ? [name] : []),
    );
    const problems = problemsOf(Object.fromEntries(secrets.map((name) => [name, 'hunter2 hunter2'])));
    expect(problems.map((line) => line.split(' ')[0]).sort()).toEqual(secrets.sort());
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each(['NaN', 'Infinity', '-1', '0x10', '1e3', ' 5', '5ms', '99999999999999999999'])(
    'takes %s for no number in any variable that is one',
    (text) => {
      const numbers = Object.entries(VARIABLES as Record<string, Variable<unknown>>)
        .filter(([name, { default: it }]) => name === 'METRICS_PORT' || /^[0-9]+$/.test(it ?? ''))
        .map(([name]) => name);
      expect(numbers.length).toBeGreaterThanOrEqual(15);
      const problems = problemsOf(Object.fromEntries(numbers.map((name) => [name, text])));
      expect(problems.map((line) => line.split(' ')[0]).sort()).toEqual(numbers.sort());
    },
  );

  it.each([
    ['AWS_MODE once Redis is external', { ...EXTERNAL, AWS_MODE: '' }, 'AWS_MODE'],
    ['AWS_MODE in production', { NODE_ENV: 'production' }, 'AWS_MODE'],
    ['PARTNER_NAME in live mode', { AWS_MODE: 'live' }, 'PARTNER_NAME'],
    ['API_TOKENS unless embedded', { ...EXTERNAL, API_TOKENS: '' }, 'API_TOKENS'],
    ['SESSION_SECRET unless embedded', { ...EXTERNAL, SESSION_SECRET: '' }, 'SESSION_SECRET'],
    ['a long SESSION_SECRET', { ...EXTERNAL, SESSION_SECRET: 'short' }, 'SESSION_SECRET'],
  ])('requires %s', (_what, env, name) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  it.each([
    ['a short token', 'admin:short', 'API_TOKENS'],
    ['an unknown role', 'root:local-admin-0123456789', 'API_TOKENS'],
    ['the same token twice', 'admin:local-admin-0123456789,viewer:local-admin-0123456789', 'API_TOKENS'],
    ['a bad name', 'admin:a b:local-admin-0123456789', 'API_TOKENS'],
    ['an empty entry', 'admin:local-admin-0123456789,', 'API_TOKENS'],
  ])('refuses %s without repeating it', (_what, tokens, name) => {
    const [problem, ...others] = problemsOf({ API_TOKENS: tokens });
    expect(others).toEqual([]);
    expect(problem).toContain(name);
    expect(problem).not.toContain('local-admin');
    expect(problem).not.toContain('short,');
  });

  describe('of webhooks', () => {
    const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    const OTHER = `whsec_${Buffer.alloc(64, 2).toString('base64')}`;

    it('takes secrets for rotation, and hosts with and without a port', () => {
      const { webhook } = configOf({
        WEBHOOK_URL: 'https://user:pass@hooks.example/x?key=1',
        WEBHOOK_SECRET: `${SECRET}, ${OTHER}`,
        CALLBACK_ALLOW_HOSTS: 'Hooks.internal,localhost:8080,localhost:80,[::1]:9000',
      });
      expect(webhook).toMatchObject({
        url: 'https://user:pass@hooks.example/x?key=1',
        secrets: [SECRET, OTHER],
        callbackAllowHosts: ['hooks.internal', 'localhost:8080', 'localhost:80', '[::1]:9000'],
      });
    });

    it('sends nothing unsigned: an address needs a secret, and a secret needs no address', () => {
      const [problem, ...others] = problemsOf({ WEBHOOK_URL: 'https://hooks.example' });
      expect(problem).toMatch(/^WEBHOOK_SECRET is required/);
      expect(others).toEqual([]);
      expect(configOf({ WEBHOOK_SECRET: SECRET }).webhook).toMatchObject({ url: undefined });
    });

    it.each([
      ['no prefix', SECRET.slice(6)],
      ['a short key', `whsec_${Buffer.alloc(23).toString('base64')}`],
      ['a long key', `whsec_${Buffer.alloc(65).toString('base64')}`],
      ['half a key', SECRET.slice(0, -1)],
      ['what is no base64', `whsec_${'ä'.repeat(32)}`],
      ['the same twice', `${SECRET},${SECRET}`],
    ])('refuses a secret with %s, without repeating it', (_what, secret) => {
      const problems = problemsOf({ WEBHOOK_SECRET: secret });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^WEBHOOK_SECRET (entry|names)/);
      expect(problems[0]).not.toContain(secret.slice(6, 20));
    });

    it.each(['https://hooks.internal', 'a b', 'host:0x1', 'user@host', 'host/path', 'host:99999'])(
      'refuses %j as a host',
      (host) => {
        expect(problemsOf({ CALLBACK_ALLOW_HOSTS: host })[0]).toMatch(/^CALLBACK_ALLOW_HOSTS entry/);
      },
    );

    it('shows neither address nor secret at start', () => {
      const { settings } = configOf({
        WEBHOOK_URL: 'https://u:pw@hooks.example/path-secret',
        WEBHOOK_SECRET: SECRET,
      });
      expect(settings).toMatchObject({ WEBHOOK_URL: 'configured', WEBHOOK_SECRET: 'configured' });
      expect(JSON.stringify(settings)).not.toMatch(/hooks\.example|whsec/);
    });
  });

  it('reads proxies, by either spelling; a value that is no address is refused without being shown', () => {
    const proxiesOf = (env: Record<string, string>) => {
      const loaded = loadConfig(env);
      return loaded.ok ? loaded.config.proxies : loaded.problems;
    };
    const proxy = 'http://user:pass@proxy.example:3128';
    expect(proxiesOf({})).toEqual({ http: undefined, https: undefined, none: [] });
    expect(proxiesOf({ HTTPS_PROXY: proxy, NO_PROXY: 'a, b' })).toMatchObject({
      https: proxy,
      none: ['a', 'b'],
    });
    expect(proxiesOf({ https_proxy: proxy, HTTPS_PROXY: '' })).toMatchObject({ https: proxy });
    expect(proxiesOf({ HTTPS_PROXY: 'user:pass@proxy:3128' })).toEqual([
      'HTTPS_PROXY must be an address that starts with http:// or https://',
    ]);
  });

  describe('of alerts', () => {
    const ALERT_WEBHOOK_URL = 'https://hooks.chat.example/services/path-secret';
    const PUBLIC_URL = 'https://onboarding.example';

    it('needs the address that messages link to, and no signing secret', () => {
      const [problem, ...others] = problemsOf({ ALERT_WEBHOOK_URL });
      expect(problem).toMatch(/^PUBLIC_URL is required with ALERT_WEBHOOK_URL: .*https:/);
      expect(others).toEqual([]);
      expect(configOf({ ALERT_WEBHOOK_URL, PUBLIC_URL, ALERT_FAILURES: '0' }).alert).toEqual({
        url: ALERT_WEBHOOK_URL,
        failuresAbove: 0,
      });
      expect(configOf({}).alert).toEqual({ url: undefined, failuresAbove: 10 });
    });

    it.each(['hooks.chat.example/path-secret', 'ftp://hooks.chat.example/path-secret', 'path-secret'])(
      'refuses %j without repeating it, and never shows the address',
      (address) => {
        const problems = problemsOf({ ALERT_WEBHOOK_URL: address, PUBLIC_URL });
        expect(problems).toEqual([
          'ALERT_WEBHOOK_URL must be an address that starts with https:// or http://',
        ]);
        const { settings } = configOf({ ALERT_WEBHOOK_URL, PUBLIC_URL });
        expect(settings.ALERT_WEBHOOK_URL).toBe('configured');
        expect(JSON.stringify(settings)).not.toContain('path-secret');
      },
    );

    it.each(['-1', '1.5', 'many'])('refuses %j failures', (ALERT_FAILURES) => {
      expect(problemsOf({ ALERT_FAILURES })).toEqual([
        `ALERT_FAILURES must be a whole number from 0 to 1000000; it is "${ALERT_FAILURES}"`,
      ]);
    });
  });

  it('refuses a part of the service without the shared Redis and ledger', () => {
    expect(problemsOf({}, 'provisioning')[0]).toContain('REDIS_URL');
    expect(configOf(EXTERNAL, 'provisioning,maintenance').parts).toEqual(['provisioning', 'maintenance']);
    expect(problemsOf(EXTERNAL, 'everything')[0]).toContain('--run');
    for (const run of ['webhooks', 'notifications', 'notifications,webhooks'])
      expect(configOf(EXTERNAL, run).parts).toEqual(['webhooks']);
    expect(configOf({ ...EXTERNAL, API_TOKENS: '' }, 'provisioning').apiTokens).toBeUndefined();
  });

  it('never repeats an address that may hold a password', () => {
    const problems = problemsOf({
      REDIS_URL: 'http://u:secret-one@x',
      DATABASE_URL: 'mysql://u:secret-two@x',
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('secret');
  });

  it.each([
    ['postgres://user:pass#word-x@db/onboard', /contains "#" unencoded.*%23/],
    ['postgres://user:pass/word-x@db/onboard', /contains "\/" unencoded.*%2F/],
    ['postgres://user:12/word-x@db/onboard', /contains "\/" unencoded.*%2F/],
    ['postgres://user:p@ss/word-x@db/onboard', /contains "\/" unencoded.*%2F/],
    ['postgres://user:pass?word-x@db/onboard', /contains "\?" unencoded.*%3F/],
    ['postgres://user:100%word-x@db/onboard', /contains "%" unencoded.*%25/],
    ['postgres://user:word-x@one,two/onboard', /several hosts/],
    ['postgres://user:word-x@one:5432,two:5432/onboard', /several hosts/],
    ['postgres://user:word-x@db:port/onboard', /must have the form postgres:\/\//],
    ['socket:/run/postgresql?db=word-x', /starts with postgres:\/\//],
  ])('names what is wrong in DATABASE_URL=%s, and not the password', (address, message) => {
    for (const name of ['DATABASE_URL', 'DATABASE_DIRECT_URL']) {
      const [problem, ...others] = problemsOf({ ...EXTERNAL, [name]: address });
      expect(others).toEqual([]);
      expect(problem).toMatch(message);
      expect(problem).toMatch(new RegExp(`^${name} `));
      expect(problem).not.toContain('word-x');
    }
  });

  it.each([
    ['redis://user:pass#word-x@redis:6379', /contains "#" unencoded.*%23/],
    ['redis://:pass/word-x@redis:6379', /contains "\/" unencoded.*%2F/],
    ['redis://:pass?word-x@redis:6379', /contains "\?" unencoded.*%3F/],
    ['redis://:100%word-x@redis:6379', /contains "%" unencoded.*%25/],
    ['redis://:word-x@one:6379,two:6379', /several hosts/],
    ['redis://:word-x@one:6379/main', /number of a database/],
    ['redis://:word-x@one:port', /must have the form redis:\/\//],
  ])('names what is wrong in REDIS_URL=%s, and not the password', (address, message) => {
    const [problem, ...others] = problemsOf({ ...EXTERNAL, REDIS_URL: address });
    expect(others).toEqual([]);
    expect(problem).toMatch(message);
    expect(problem).not.toContain('word-x');
  });

  it.each([
    'postgres:///onboard?host=/var/run/postgresql',
    'postgres://user:secret@/onboard?host=/var/run/postgresql',
    'postgres://%2Fvar%2Frun%2Fpostgresql/onboard',
    'postgres://user:p%23%2F%3F%25@db:5432/onboard?sslmode=verify-full&application_name=me@here',
    'postgres://user@[::1]:5432/onboard',
    'postgresql://db',
  ])('takes DATABASE_URL=%s', (address) => {
    expect(configOf({ ...EXTERNAL, DATABASE_URL: address }).databaseUrl).toBe(address);
  });

  it('reads every value without the line break that ends a file', () => {
    const { apiTokens, redisUrl, settings } = configOf({
      ...Object.fromEntries(Object.entries(EXTERNAL).map(([name, text]) => [name, `${text}\n`])),
      WEBHOOK_URL: 'https://hooks.example/\r\n',
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}\n`,
      REGIONS: 'us-east-1\n',
    });
    expect(apiTokens).toEqual(configOf(EXTERNAL).apiTokens);
    expect(redisUrl).toBe(EXTERNAL.REDIS_URL);
    expect(settings.REGIONS).toBe('us-east-1');
    expect(configOf({ REDIS_URL: '\n' }).redisUrl).toBeUndefined();
  });

  it.each([
    ['false', false],
    ['true', true],
    ['10.0.0.5', ['10.0.0.5']],
    ['10.0.0.0/8, 2001:db8::/32', ['10.0.0.0/8', '2001:db8::/32']],
  ])('takes TRUST_PROXY=%s', (text, trust) => {
    expect(configOf({ TRUST_PROXY: text }).trustProxy).toEqual(trust);
  });

  it.each(['2', 'proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '2001:db8::/129', '10.0.0.5,'])(
    'refuses TRUST_PROXY=%s',
    (text) => {
      expect(problemsOf({ TRUST_PROXY: text })).toHaveLength(1);
    },
  );

  it.each(['PUBLIC_URL', 'AWS_ENDPOINT_URL_EVENTBRIDGE'])(
    'refuses a password in %s, which is shown, without repeating it',
    (name) => {
      const [problem, ...others] = problemsOf({ [name]: 'https://u:secret@here.example' });
      expect(others).toEqual([]);
      expect(problem).toMatch(new RegExp(`^${name} must not contain a user name`));
      expect(problem).not.toContain('secret');
    },
  );

  it.each([
    ['https://here.example', 'https://here.example', ''],
    ['https://here.example/', 'https://here.example', ''],
    ['https://here.example/onboard', 'https://here.example/onboard', '/onboard'],
    ['https://here.example/a/onboard/', 'https://here.example/a/onboard', '/a/onboard'],
  ])('reads PUBLIC_URL=%s without a slash at its end, and its path', (text, publicUrl, basePath) => {
    expect(configOf({ PUBLIC_URL: text })).toMatchObject({ publicUrl, basePath });
  });

  it.each([
    'https://here.example/?a=b',
    'https://here.example/#a',
    'https://here.example/a;b',
    'https://here.example//a',
  ])('refuses PUBLIC_URL=%s, which no link can start with', (text) => {
    expect(problemsOf({ PUBLIC_URL: text })).toHaveLength(1);
  });

  it('gives a frozen result', () => {
    expect(Object.isFrozen(configOf({}))).toBe(true);
  });
});

describe('the start-up line', () => {
  it('shows of a secret only that it is configured', () => {
    const { settings } = configOf(EXTERNAL);
    expect(JSON.stringify(settings)).not.toMatch(/redis-password|pg-password|local-admin/);
    expect(settings).toMatchObject({ REDIS_URL: 'configured', QUOTA_PER_SECOND: '40' });
    expect(configOf({}).settings).toMatchObject({
      REDIS_URL: 'embedded',
      AWS_MODE: 'sandbox',
      PARTNER_NAME: 'acme.example',
    });
  });
});
