import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { acceptInTransaction } from '../../src/outbox.ts';
import {
  callersDatabase,
  nameIn,
  onboardingOf,
  refusal,
  transactionalRequest,
} from '../support/callers-database.ts';
import { present } from '../support/ledger-fixtures.ts';

const database = callersDatabase();
let ledger: OpenLedger;
let client: pg.Client;
beforeAll(() => {
  ({ ledger, client } = database());
});

describe('the rights of a caller', () => {
  let roles = 0;
  /** A connection of a role that has what docs/transactional-enqueue.md grants, or less. */
  async function signup(grants: readonly string[]): Promise<pg.Client> {
    roles += 1;
    const role = `signup_${database().url.slice(-8)}_${roles}`;
    await client.query(`create role ${role}`);
    for (const grant of grants) await client.query(`grant ${grant} to ${role}`);
    const own = new pg.Client({ connectionString: database().url });
    await own.connect();
    await own.query(`set role ${role}`);
    onTestFinished(async () => {
      await own.end();
      await client.query(`drop owned by ${role} cascade`);
      await client.query(`drop role ${role}`);
    });
    return own;
  }
  const GRANTS = [
    'usage on schema onboarding',
    'execute on function onboarding.accept(jsonb, text)',
  ] as const;

  it('of one with EXECUTE alone are enough to call, and for nothing else', async () => {
    const caller = await signup(GRANTS);
    expect((await acceptInTransaction(caller, transactionalRequest())).kind).toBe('accepted');
    for (const table of ['onboardings', 'attempts', 'audit', 'stamp', 'lifts', 'holds', 'migrations']) {
      expect((await refusal(caller.query(`select from onboarding.${table}`))).code).toBe('42501');
      expect((await refusal(caller.query(`insert into onboarding.${table} default values`))).code).toBe(
        '42501',
      );
    }
    for (const call of [
      `new_onboarding_id(now())`,
      `request_issues('{}', '', '{}')`,
      `refuse('answer', '{}')`,
    ]) {
      expect((await refusal(caller.query(`select onboarding.${call}`))).code).toBe('42501');
    }
  });

  it('of one without EXECUTE are not', async () => {
    const caller = await signup([GRANTS[0]]);
    expect((await refusal(acceptInTransaction(caller, transactionalRequest()))).code).toBe('42501');
  });

  it('are not widened by a search path, temporary objects or settings of its session', async () => {
    const caller = await signup([
      ...GRANTS,
      `create, temporary on database ${new URL(database().url).pathname.slice(1)}`,
    ]);
    await caller.query(`
      create schema evil;
      create table evil.loot (what text);
      create function evil.trap(text, text) returns boolean language plpgsql
        as $$ begin raise exception 'trapped as %', current_user; end $$;
      create operator evil.~ (leftarg = text, rightarg = text, function = evil.trap);
      create operator evil.= (leftarg = text, rightarg = text, function = evil.trap);
      create function evil.concat(text, text, text) returns text language plpgsql
        as $$ begin raise exception 'trapped as %', current_user; end $$;
      create function evil.clock_timestamp() returns timestamptz language plpgsql
        as $$ begin raise exception 'trapped as %', current_user; end $$;
      create temporary table onboardings (id text);
      create temporary table stamp (partner text, regions text[]);
      create temporary table timestamptz (a integer);
      set search_path = evil, pg_temp, pg_catalog;
      set standard_conforming_strings = off;
      set escape_string_warning = off;
      set transform_null_equals = on;
      set timezone = 'Asia/Kathmandu';
      set datestyle = 'German, DMY'`);
    const sent = transactionalRequest();
    const answer = await acceptInTransaction(caller, sent);
    expect(onboardingOf(answer)).toEqual(await present(ledger, onboardingOf(answer)));
    expect(await acceptInTransaction(caller, sent)).toMatchObject({ kind: 'existing' });
    // Were the patterns read as this session reads literals, a backslash would pass.
    const callbackUrl = String.raw`https://a.example/\evil.example`;
    expect(await acceptInTransaction(caller, transactionalRequest({ callbackUrl }))).toMatchObject({
      errors: [{ field: 'callbackUrl', code: 'invalid_url' }],
    });
    await caller.query('drop schema evil cascade');
  });
});

describe('hostile texts', () => {
  it.each([
    ["'; drop table onboarding.onboardings; --", `{"a":"b"}`, '$$; select 1; $$'],
    ['\\', '%s %I %L', '<img src=x onerror=alert(1)>'],
    ['\u2028', 'пример 例 🚧', '{{constructor}}'],
  ])('are kept as they are: %s', async (...texts) => {
    const [customerId, ...values] = texts;
    const metadata = Object.fromEntries(values.map((text) => [text, text]));
    const answer = await acceptInTransaction(client, transactionalRequest({ customerId, metadata }));
    expect(await present(ledger, onboardingOf(answer))).toMatchObject({ customerId, metadata });
  });
});

describe('the ways to call it that docs/transactional-enqueue.md shows', () => {
  it('pg', async () => {
    const pool = new pg.Pool({ connectionString: database().url });
    onTestFinished(async () => pool.end());
    const pooled = await pool.connect();
    await pooled.query('begin');
    const answer = await acceptInTransaction(pooled, transactionalRequest());
    await pooled.query('commit');
    pooled.release();
    expect((await present(ledger, onboardingOf(answer))).status).toBe('accepted');
  });

  it('Kysely', async () => {
    const db = new Kysely<Record<string, never>>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database().url }) }),
    });
    onTestFinished(async () => db.destroy());
    const sent = transactionalRequest();
    const failing = db.transaction().execute(async (trx) => {
      await acceptInTransaction(
        { query: (text, values) => trx.executeQuery(CompiledQuery.raw(text, values)) },
        sent,
      );
      throw new Error('The customer could not be made.');
    });
    await expect(failing).rejects.toThrow('The customer could not be made.');
    expect(await database().rowsNamed(nameIn(sent))).toBe(0);
    const answer = await db
      .transaction()
      .execute((trx) =>
        acceptInTransaction(
          { query: (text, values) => trx.executeQuery(CompiledQuery.raw(text, values)) },
          sent,
        ),
      );
    expect((await present(ledger, onboardingOf(answer))).status).toBe('accepted');
  });

  it('SQL alone, in a trigger: a customer that cannot be onboarded is not made', async () => {
    await client.query(`
      create table customers (id text primary key, aws_account text not null, onboarding_id text);
      create function onboard_customer() returns trigger language plpgsql as $$
      begin
        new.onboarding_id := onboarding.accept(jsonb_build_object('account', new.aws_account, 'region', 'us-east-1',
          'eventNamespace', 'customers/' || new.id, 'eventName', 'orders', 'customerId', new.id)) #>> '{onboarding,id}';
        return new;
      end $$;
      create trigger onboard before insert on customers for each row execute function onboard_customer()`);
    const { rows } = await client.query<{ onboarding_id: string }>(
      `insert into customers (id, aws_account) values ('c-77', '000000000101') returning onboarding_id`,
    );
    expect(await present(ledger, { id: rows[0]!.onboarding_id as never })).toMatchObject({
      customerId: 'c-77',
    });
    const error = await refusal(
      client.query(`insert into customers (id, aws_account) values ('c-78', '101')`),
    );
    expect(error.code).toBe('ONB01');
    expect((await client.query('select from customers')).rowCount).toBe(1);
  });
});
