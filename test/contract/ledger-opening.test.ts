import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SCHEMA, type LedgerDatabase, type LedgerTables } from '../../src/ledger/database/database.ts';
import { openPglite } from '../../src/ledger/embedded/open-pglite.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { LedgerTooNewError, LedgerTooOldError, migrate } from '../../src/ledger/migrations/migrate.ts';
import { MIGRATIONS } from '../../src/ledger/migrations/all-migrations.ts';
import { openLedger, type LedgerLocation, type LedgerOptions } from '../../src/ledger/open-ledger.ts';
import { createPostgresPool } from '../../src/ledger/database/postgres-pool.ts';
import { LedgerStampMismatchError } from '../../src/ledger/migrations/stamp.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { newOnboarding } from '../support/ledger-fixtures.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startFailingProxy } from '../support/failing-proxy.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const STAMP = { awsMode: 'sandbox', partner: 'acme.example' } as const;

const optionsWith = (overrides: Partial<LedgerOptions> = {}): LedgerOptions => ({
  ...STAMP,
  clock: systemClock,
  log: recordingLog(),
  ...overrides,
});

async function emptyDatabase(): Promise<{ url: string; kind: 'postgres' }> {
  const database = await createEmptyDatabase();
  onTestFinished(async () => database.drop());
  return { kind: 'postgres', url: database.url };
}

async function open(location: LedgerLocation, overrides: Partial<LedgerOptions> = {}): Promise<OpenLedger> {
  const ledger = await openLedger(location, optionsWith(overrides));
  onTestFinished(async () => ledger.close().catch(() => undefined));
  return ledger;
}

async function query(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** The ledger is closed meanwhile. */
async function write(location: LedgerLocation, statement: string): Promise<void> {
  if (location.kind === 'postgres') {
    await query(location.url, statement);
    return;
  }
  const database = await openPglite(location.dir);
  await database.exec(statement);
  await database.close();
}

const MAKE: Record<LedgerLocation['kind'], () => Promise<LedgerLocation>> = {
  postgres: emptyDatabase,
  async embedded() {
    const dir = join(await temporaryFolder(), 'ledger');
    await cp(template, dir, { recursive: true });
    return { kind: 'embedded', dir };
  },
};

/** Making an embedded ledger takes seconds, so one is made for all; what an earlier start left half made lies in its way. */
let template: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-test-'));
  template = join(folder, 'deep', 'ledger');
  await mkdir(`${template}.making`, { recursive: true });
  await writeFile(join(`${template}.making`, 'PG_VERSION'), 'half');
  await (await openLedger({ kind: 'embedded', dir: template }, optionsWith())).close();
  return () => rm(folder, { recursive: true, force: true });
}, 120_000);

describe.each(['postgres', 'embedded'] as const)('a ledger on %s', { timeout: 90_000 }, (kind) => {
  test('keeps its id, its epoch and its rows from start to start', async () => {
    const location = await MAKE[kind]();
    const first = await open(location);
    const request = newOnboarding();
    await first.accept([request]);
    await first.close();
    const second = await open(location);
    expect(second.id).toMatch(/^[0-9a-f]{12}$/);
    expect({ id: second.id, epoch: second.epoch }).toEqual({ id: first.id, epoch: first.epoch });
    expect(await second.get(request.id)).toMatchObject(request);
  });

  test('refuses another mode and another partner, and names both sides and the way out', async () => {
    const location = await MAKE[kind]();
    await (await open(location)).close();
    for (const other of [{ awsMode: 'live' }, { partner: 'other.example' }] as const) {
      const error: unknown = await open(location, other).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LedgerStampMismatchError);
      expect(String(error)).toContain('AWS_MODE=sandbox and PARTNER_NAME=acme.example');
      expect(String(error)).toContain(Object.values(other)[0]);
      expect(String(error)).toMatch(/DATABASE_URL.*DATA_DIR/);
    }
    await open(location);
  });

  test('refuses the ledger of a build from before the baseline, and names its place and the way out', async () => {
    const location = await MAKE[kind]();
    await (await open(location)).close();
    const place =
      location.kind === 'postgres'
        ? `the database "${new URL(location.url).pathname.slice(1)}"`
        : `the folder ${location.dir}`;
    const migrations = ['foundation', 'holds', 'idempotency-keys'].map((name, n) => `(${n + 1}, '${name}')`);
    for (const older of [migrations, migrations.slice(0, 1), migrations.slice(1)]) {
      await write(
        location,
        `delete from onboarding.migrations; insert into onboarding.migrations values ${older.join(', ')}`,
      );
      const error: unknown = await open(location).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LedgerTooOldError);
      expect(String(error)).toContain(place);
      expect(String(error)).toMatch(
        /Export .* start this release with an empty .*, and import the data again/,
      );
    }
    await write(
      location,
      `truncate onboarding.migrations; insert into onboarding.migrations values (1, 'baseline')`,
    );
    await open(location);
  });

  test('ends calls after close as unavailable', async () => {
    const ledger = await open(await MAKE[kind]());
    await ledger.ping();
    await ledger.close();
    await expect(ledger.ping()).rejects.toMatchObject({ name: 'LedgerUnavailableError' });
  });
});

describe('migrating', () => {
  function connect(url: string): LedgerDatabase {
    const pool = createPostgresPool({ url, maxConnections: 1, connectWithinMs: 5_000, log: recordingLog() });
    const db = new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA);
    onTestFinished(async () => db.destroy());
    return db;
  }

  test('eight starts at once on an empty database make one ledger', async () => {
    const location = await emptyDatabase();
    const ledgers = await Promise.all(Array.from({ length: 8 }, async () => open(location)));
    expect(new Set(ledgers.map(({ id }) => id)).size).toBe(1);
    expect(await query(location.url, 'select number from onboarding.migrations order by number')).toEqual(
      MIGRATIONS.map(({ number }) => ({ number })),
    );
  });

  test('migrations are numbered without a gap', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  test('a database of a later release is refused, and nothing in it changes', async () => {
    const { url } = await emptyDatabase();
    const next = {
      number: MIGRATIONS.length + 1,
      name: 'later',
      statements: ['create table onboarding.later ()'],
    };
    await migrate(connect(url), STAMP, [...MIGRATIONS, next]);
    await expect(open({ kind: 'postgres', url })).rejects.toThrow(LedgerTooNewError);
    await expect(open({ kind: 'postgres', url })).rejects.toThrow(
      `at migration ${next.number}, but this release has only ${MIGRATIONS.length}`,
    );
  });

  test('a migration that fails leaves nothing, and the next start does it all', async () => {
    const { url } = await emptyDatabase();
    const broken = {
      number: MIGRATIONS.length + 1,
      name: 'broken',
      statements: ['create table onboarding.x ()', 'x'],
    };
    await expect(migrate(connect(url), STAMP, [...MIGRATIONS, broken])).rejects.toThrow('syntax error');
    expect(await query(url, `select from pg_namespace where nspname = 'onboarding'`)).toEqual([]);
    await open({ kind: 'postgres', url });
  });

  test('a later migration runs on a ledger that is in use, and the ledger stays itself', async () => {
    const location = await emptyDatabase();
    const { id } = await open(location);
    const next = {
      number: MIGRATIONS.length + 1,
      name: 'later',
      statements: ['create table onboarding.later ()'],
    };
    expect((await migrate(connect(location.url), STAMP, [...MIGRATIONS, next])).id).toBe(id);
    expect(await query(location.url, `select to_regclass('onboarding.later') is not null as there`)).toEqual([
      { there: true },
    ]);
  });

  test('a ledger of another mode is not migrated', async () => {
    const location = await emptyDatabase();
    await open(location);
    const next = {
      number: MIGRATIONS.length + 1,
      name: 'later',
      statements: ['create table onboarding.later ()'],
    };
    const live = { ...STAMP, awsMode: 'live' } as const;
    await expect(migrate(connect(location.url), live, [...MIGRATIONS, next])).rejects.toThrow(
      LedgerStampMismatchError,
    );
    expect(await query(location.url, `select to_regclass('onboarding.later') as later`)).toEqual([
      { later: null },
    ]);
  });

  test('a role that may not make schemas uses the one that was made for it', async () => {
    const { url } = await emptyDatabase();
    const role = `app_${Date.now()}`;
    const database = new URL(url).pathname.slice(1);
    await query(url, `create role ${role} login password 'secret-of-the-role'`);
    onTestFinished(async () => {
      await query(url, `drop schema onboarding cascade; drop role ${role}`);
    });
    await query(
      url,
      `create schema onboarding authorization ${role}; revoke create on database ${database} from public`,
    );
    const own = new URL(url);
    own.username = role;
    own.password = 'secret-of-the-role';
    await (await open({ kind: 'postgres', url: own.href })).close();
  });
});

describe('waiting for the database', () => {
  test('the start waits, says so, and continues once the database is there', async () => {
    const { url } = await emptyDatabase();
    const proxy = await startFailingProxy(Number(new URL(url).port));
    onTestFinished(async () => proxy.close());
    await proxy.cut();
    const behind = new URL(url);
    behind.port = String(proxy.port);
    const log = recordingLog();
    const opening = open({ kind: 'postgres', url: behind.href }, { log });
    await eventually(() => log.lines.length > 0);
    expect(log.lines[0]).toMatchObject({
      level: 'warn',
      message: 'ledger.waiting_for_database',
      fields: { error_message: expect.stringContaining('ECONNREFUSED') as string },
    });
    expect(JSON.stringify(log.lines)).not.toContain(behind.password);
    await proxy.restore();
    await (await opening).ping();
  });

  test.each(['cut', 'freeze'] as const)('a stop ends the wait (%s)', async (trouble) => {
    const { url } = await emptyDatabase();
    const proxy = await startFailingProxy(Number(new URL(url).port));
    onTestFinished(async () => proxy.close());
    await proxy[trouble]();
    const behind = new URL(url);
    behind.port = String(proxy.port);
    const stop = new AbortController();
    const log = recordingLog();
    const opening = open({ kind: 'postgres', url: behind.href }, { log, signal: stop.signal });
    if (trouble === 'cut') await eventually(() => log.lines.length > 0);
    const reason = new Error('stopping');
    stop.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });

  /** The lock under which migrations run, held until the end of the test or the call of what it gives back. */
  async function holdMigrations(url: string): Promise<() => Promise<void>> {
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    let ended: Promise<void> | undefined;
    const end = (): Promise<void> => (ended ??= holder.end());
    onTestFinished(end);
    await holder.query('select pg_advisory_lock(31365091469390436)');
    return end;
  }

  const waiters = async (url: string): Promise<number> => {
    const [row] = await query(
      url,
      `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`,
    );
    return Number(row?.['n']);
  };

  test(
    'a connection that is lost while it migrates is given up, by the server and by us',
    { timeout: 90_000 },
    async () => {
      const { url } = await emptyDatabase();
      const proxy = await startFailingProxy(Number(new URL(url).port));
      onTestFinished(async () => proxy.close());
      const behind = new URL(url);
      behind.port = String(proxy.port);
      const log = recordingLog();
      const letGo = await holdMigrations(url);
      const opening = open({ kind: 'postgres', url: behind.href }, { log });
      await eventually(async () => (await waiters(url)) === 1);
      // What the server sends from now on goes nowhere, and nobody is told.
      proxy.abandon();
      await letGo();
      const other = open({ kind: 'postgres', url });
      expect((await opening).id).toBe((await other).id);
      expect(log.lines).toMatchObject([
        {
          message: 'ledger.waiting_for_database',
          fields: { error_message: expect.stringMatching(/was lost/) as string },
        },
      ]);
    },
  );

  test.each(['database', 'role'])(
    'works whatever the %s has for the form of values and the search path',
    async (of) => {
      const location = await emptyDatabase();
      const name = new URL(location.url).pathname.slice(1);
      const role = `other_${name}`;
      await query(location.url, `create role ${role} login superuser password 'of-the-role'`);
      onTestFinished(async () => {
        await query(location.url, `drop owned by ${role} cascade; drop role ${role}`);
      });
      const settings = {
        DateStyle: 'SQL, DMY',
        TimeZone: 'Asia/Kathmandu',
        IntervalStyle: 'iso_8601',
        bytea_output: 'escape',
        extra_float_digits: '-5',
        search_path: 'nowhere',
      };
      const subject = of === 'role' ? `role ${role}` : `database ${name}`;
      for (const [setting, value] of Object.entries(settings))
        await query(
          location.url,
          `alter ${subject} set ${setting} = ${setting === 'search_path' ? value : `'${value}'`}`,
        );
      const url = new URL(location.url);
      [url.username, url.password] = [role, 'of-the-role'];
      const spoilt = { ...location, url: url.href };
      const first = await open(spoilt);
      const asked = newOnboarding();
      expect(await first.accept([asked])).toMatchObject([{ kind: 'accepted' }]);
      await first.close();
      const ledger = await open(spoilt);
      expect(ledger.id).toBe(first.id);
      const { items } = await ledger.list({}, { limit: 10 });
      expect(items).toMatchObject([{ sourceName: asked.sourceName, createdAt: asked.createdAt }]);
      expect(await ledger.counts()).toBeDefined();
      expect(await ledger.failures({}, Date.now())).toBeDefined();
      expect(await ledger.listAudit({}, { limit: 10 })).toMatchObject({ items: [] });
    },
  );

  test('a start that has nothing to migrate waits for nobody who does', async () => {
    const location = await emptyDatabase();
    const { id } = await open(location);
    await holdMigrations(location.url);
    expect((await open(location)).id).toBe(id);
  });

  test.each([
    [
      'a wrong password',
      (url: URL) => (url.password = 'wrong-password-0'),
      /password.*user name and password/,
    ],
    ['no password', (url: URL) => (url.password = ''), /SASL|password.*user name and password/],
    ['a database that is not there', (url: URL) => (url.pathname = '/nowhere'), /"nowhere" does not exist/],
    [
      'a parameter that the server refuses',
      (url: URL) => url.searchParams.set('options', '-c work_mem=nothing'),
      /work_mem/,
    ],
    [
      'a certificate file that is missing',
      (url: URL) => url.searchParams.set('sslrootcert', '/nowhere/ca.pem'),
      /\/nowhere\/ca\.pem.*Correct the path/,
    ],
    [
      'TLS that the server does not have',
      (url: URL) => url.searchParams.set('sslmode', 'require'),
      /does not support SSL.*sslmode/,
    ],
  ])('%s ends the start at once', async (_, spoil, message) => {
    const url = new URL((await emptyDatabase()).url);
    spoil(url);
    const log = recordingLog();
    const error: unknown = await open({ kind: 'postgres', url: url.href }, { log }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      name: 'LedgerRefusedError',
      message: expect.stringMatching(message) as string,
    });
    expect(String(error)).toContain('DATABASE_URL');
    if (url.password !== '') expect(String(error)).not.toContain(url.password);
    expect(log.lines).toEqual([]);
  });

  test('a certificate that is not trusted ends the start, and the message names both ways to trust it', async () => {
    const url = await startTlsServer();
    const error: unknown = await open({ kind: 'postgres', url: `${url}?sslmode=verify-full` }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toMatch(/LedgerRefusedError.*sslrootcert=.*DATABASE_URL.*NODE_EXTRA_CA_CERTS/);
  });

  test('a database that is not UTF-8 is refused, with the statement that creates one', async () => {
    const { url } = await emptyDatabase();
    const name = `latin_${new URL(url).pathname.slice(1)}`;
    await query(url, `create database ${name} encoding 'LATIN1' locale 'C' template template0`);
    onTestFinished(async () => {
      await query(url, `drop database if exists ${name} with (force)`);
    });
    const latin = new URL(url);
    latin.pathname = `/${name}`;
    await expect(open({ kind: 'postgres', url: latin.href })).rejects.toThrow(
      /UTF-8 is needed.*LATIN1.*ENCODING 'UTF8'.*DATABASE_URL/,
    );
  });

  test('limits of the role cut off neither the migrations nor the index build', async () => {
    const { url } = await emptyDatabase();
    const name = new URL(url).pathname.slice(1);
    const limits = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const unlimited = new URL(url);
    unlimited.searchParams.set('options', limits.map((limit) => `-c ${limit}=0`).join(' '));
    // Each limit holds for the next session at once.
    for (const limit of limits) await query(unlimited.href, `alter database ${name} set ${limit} = 1`);
    const letGo = await holdMigrations(unlimited.href);
    const log = recordingLog();
    const opening = open({ kind: 'postgres', url }, { log });
    await eventually(async () => (await waiters(unlimited.href)) === 1);
    await letGo();
    await opening;
    expect(log.lines).toEqual([]);
    expect(
      await query(
        unlimited.href,
        `select to_regclass('onboarding.search_texts_by_trigram') is null as missing`,
      ),
    ).toEqual([{ missing: false }]);
  });

  test('a migration that a limit in the URL cuts off ends the start, and says so', async () => {
    const { url } = await emptyDatabase();
    const letGo = await holdMigrations(url);
    const limited = new URL(url);
    limited.searchParams.set('options', '-c lock_timeout=50');
    await expect(open({ kind: 'postgres', url: limited.href })).rejects.toThrow(
      /migration of the schema was cut off.*lock_timeout/,
    );
    await letGo();
  });
});

/** Speaks of PostgreSQL's protocol what comes before TLS, with a self-signed certificate. */
async function startTlsServer(): Promise<string> {
  const folder = await temporaryFolder();
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
    ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
  ]);
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((file) => readFile(join(folder, file))));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('S');
      new TLSSocket(socket, { isServer: true, key, cert }).on('error', () => undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return `postgres://onboard:secret@localhost:${(server.address() as AddressInfo).port}/onboard`;
}

test('an embedded ledger whose making was cut short is made again', () => {
  expect(existsSync(join(template, 'PG_VERSION'))).toBe(true);
  expect(existsSync(`${template}.making`)).toBe(false);
});

test('the Regions of the last start are noted for the SQL function', async () => {
  const location = await emptyDatabase();
  const noted = async (): Promise<unknown> =>
    (await query(location.url, 'select regions from onboarding.stamp'))[0]?.['regions'];
  await open(location, { regions: ['us-east-1'] });
  expect(await noted()).toEqual(['us-east-1']);
  await open(location, { regions: ['eu-west-1', 'us-east-1'] });
  expect(await noted()).toEqual(['eu-west-1', 'us-east-1']);
  await open(location);
  expect(await noted()).toEqual(['eu-west-1', 'us-east-1']);
});
