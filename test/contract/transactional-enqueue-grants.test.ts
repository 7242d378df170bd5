import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { acceptInTransaction } from '../../src/outbox.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { REGION, refusal, transactionalRequest } from '../support/callers-database.ts';
import { connectGranted } from '../support/granted-caller.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';

/** What the present role reaches of all schemas but PostgreSQL's own. */
const REACHED_FUNCTIONS = `
  select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname not in ('pg_catalog', 'information_schema')
    and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')`;
const REACHED_RELATIONS = `
  select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'usage, select, update')
      when c.relkind in ('r', 'p', 'v', 'm', 'f')
        then has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger')
          or has_any_column_privilege(c.oid, 'select, insert, update, references') end`;
const REACHED_TYPES = `
  select t.oid::regtype::text as name from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where n.nspname like 'onboarding%' and has_schema_privilege(n.oid, 'usage') and has_type_privilege(t.oid, 'usage')`;
const SCHEMAS_TO_MAKE_THINGS_IN = `
  select nspname as name from pg_namespace where nspname like 'onboarding%' and has_schema_privilege(oid, 'create')`;

const namesIn = async (client: pg.Client, statement: string): Promise<string[]> =>
  (await client.query<{ name: string }>(statement)).rows.map(({ name }) => name).sort();

interface Opened {
  readonly ledger: OpenLedger;
  readonly log: ReturnType<typeof recordingLog>;
}

async function open(url: string): Promise<Opened> {
  const log = recordingLog();
  const request = { awsMode: 'sandbox', partner: 'acme.example', regions: [REGION] } as const;
  const ledger = await openLedger({ kind: 'postgres', url }, { ...request, clock: systemClock, log });
  return { ledger, log };
}

/** An empty database with an administrator's connection. */
async function emptyDatabase(): Promise<{ url: string; admin: pg.Client }> {
  const database = await createEmptyDatabase();
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  onTestFinished(async () => {
    await admin.end();
    await database.drop();
  });
  return { url: database.url, admin };
}

/** The address for a role of the service's own that is no superuser. */
async function serviceRole(
  { url, admin }: { url: string; admin: pg.Client },
  rights: (role: string, database: string) => string,
): Promise<string> {
  const database = new URL(url).pathname.slice(1);
  const role = `service_${database}`;
  await admin.query(`create role ${role} login password 'of-the-service'`);
  await admin.query(rights(role, database));
  onTestFinished(async () => {
    await admin.query(`drop owned by ${role} cascade`);
    await admin.query(`drop role ${role}`);
  });
  const own = new URL(url);
  [own.username, own.password] = [role, 'of-the-service'];
  return own.href;
}

const mayCreate = (role: string, database: string): string =>
  `grant create on database ${database} to ${role}`;

const extensionSchema = async (admin: pg.Client): Promise<string[]> =>
  namesIn(
    admin,
    `select extnamespace::regnamespace::text as name from pg_extension where extname = 'pg_trgm'`,
  );

async function expectNoReachButAccept(url: string): Promise<void> {
  const caller = await connectGranted(url);
  expect(await namesIn(caller, REACHED_FUNCTIONS)).toEqual(['onboarding.accept(jsonb,text)']);
  expect(await namesIn(caller, REACHED_RELATIONS)).toEqual([]);
  expect(await namesIn(caller, REACHED_TYPES)).toEqual([]);
  expect(await namesIn(caller, SCHEMAS_TO_MAKE_THINGS_IN)).toEqual([]);
  expect(await acceptInTransaction(caller, transactionalRequest())).toMatchObject({ kind: 'accepted' });
}

describe('a role with the documented grants reaches one function and nothing else', () => {
  it('where the service may do everything', async () => {
    const { url, admin } = await emptyDatabase();
    const { ledger } = await open(url);
    expect(await ledger.textIndexed()).toBe(true);
    await ledger.close();
    expect(await extensionSchema(admin)).toEqual(['onboarding_extensions']);
    await expectNoReachButAccept(url);
  });

  it('where the service is no superuser, to which the functions of an extension never belong', async () => {
    const database = await emptyDatabase();
    const { ledger } = await open(await serviceRole(database, mayCreate));
    expect(await ledger.textIndexed()).toBe(true);
    await ledger.close();
    await expectNoReachButAccept(database.url);
  });

  it('where the service may make neither schemas nor extensions', async () => {
    const database = await emptyDatabase();
    const url = await serviceRole(database, (role) => `create schema onboarding authorization ${role}`);
    const { ledger } = await open(url);
    expect(await ledger.textIndexed()).toBe(false);
    await ledger.close();
    await expectNoReachButAccept(database.url);
  });
});

describe('an extension that an administrator made', () => {
  it('is used where it lies', async () => {
    const database = await emptyDatabase();
    await database.admin.query('create extension pg_trgm');
    const { ledger, log } = await open(await serviceRole(database, mayCreate));
    expect(await ledger.textIndexed()).toBe(true);
    await ledger.close();
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(await extensionSchema(database.admin)).toEqual(['public']);
    const caller = await connectGranted(database.url);
    const ours = `${REACHED_FUNCTIONS} and n.nspname like 'onboarding%'`;
    expect(await namesIn(caller, ours)).toEqual(['onboarding.accept(jsonb,text)']);
  });

  it('in the schema onboarding is used too, and every start says that it should be moved', async () => {
    const database = await emptyDatabase();
    const url = await serviceRole(database, mayCreate);
    await (await open(url)).ledger.close();
    await database.admin.query('drop extension pg_trgm cascade; create extension pg_trgm schema onboarding');
    const said = async (): Promise<string[]> => {
      const { ledger, log } = await open(url);
      expect(await ledger.textIndexed()).toBe(true);
      await ledger.close();
      return log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    };
    expect(await said()).toEqual(['ledger.extension_not_moved']);
    expect(await said()).toEqual(['ledger.extension_not_moved']);
    await database.admin.query('alter extension pg_trgm set schema public');
    expect(await said()).toEqual([]);
  });
});

it('the functions of the extension are refused by name, and no search path finds them', async () => {
  const { url } = await emptyDatabase();
  await (await open(url)).ledger.close();
  const caller = await connectGranted(url);
  for (const schema of ['onboarding', 'onboarding_extensions']) {
    const code = schema === 'onboarding' ? '42883' : '42501';
    expect((await refusal(caller.query(`select ${schema}.set_limit(0.1)`))).code).toBe(code);
    expect((await refusal(caller.query(`select ${schema}.similarity('a', 'b')`))).code).toBe(code);
  }
  await caller.query('set search_path = onboarding, onboarding_extensions, public');
  expect((await refusal(caller.query('select set_limit(0.1)'))).code).toBe('42883');
  expect((await refusal(caller.query(`select 'a'::text % 'b'::text`))).code).toBe('42883');
});

it('a caller with a schema of its own cannot keep later migrations from altering a table', async () => {
  const { url, admin } = await emptyDatabase();
  await (await open(url)).ledger.close();
  const caller = await connectGranted(url);
  const { rows } = await caller.query<{ name: string }>('select current_user as name');
  await admin.query(`create schema own authorization ${rows[0]!.name}`);
  for (const type of ['onboarding.onboardings', 'onboarding.onboardings[]']) {
    expect((await refusal(caller.query(`create table own.blocker (row_of_ours ${type})`))).code).toBe(
      '42501',
    );
  }
});

it('a start takes back what a restore gives to everybody, and keeps what was granted on purpose', async () => {
  const database = await emptyDatabase();
  const url = await serviceRole(database, mayCreate);
  await (await open(url)).ledger.close();
  // As pg_restore leaves it: rights of functions are in a dump, those of row types are not.
  await database.admin.query(`set allow_system_table_mods = on;
    update pg_type set typacl = null where typnamespace = 'onboarding'::regnamespace;
    grant execute on function onboarding.accept(jsonb, text) to public`);
  const caller = await connectGranted(database.url);
  expect((await namesIn(caller, REACHED_TYPES)).length).toBeGreaterThan(10);
  await (await open(url)).ledger.close();
  expect(await namesIn(caller, REACHED_TYPES)).toEqual([]);
  const everybodys = `select has_function_privilege('public', 'onboarding.accept(jsonb, text)', 'execute')::text as name`;
  expect(await namesIn(caller, everybodys)).toEqual(['true']);
});
