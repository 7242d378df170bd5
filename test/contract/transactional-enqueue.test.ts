import type pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { isOnboardingId } from '../../src/domain/ids.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { acceptInTransaction } from '../../src/outbox.ts';
import {
  callersDatabase,
  inTransaction,
  nameIn,
  onboardingOf,
  REGION,
  refusal,
  transactionalRequest,
} from '../support/callers-database.ts';
import { eventually } from '../support/eventually.ts';
import { onboardingIn, present, roundWrite } from '../support/ledger-fixtures.ts';

const database = callersDatabase();
let ledger: OpenLedger;
let client: pg.Client;
beforeAll(() => {
  ({ ledger, client } = database());
});

describe('an onboarding inside the caller’s transaction', () => {
  it('is not there after a rollback, and nothing else is', async () => {
    const rolledBack = transactionalRequest();
    const answer = await inTransaction(client, 'rollback', () => acceptInTransaction(client, rolledBack));
    expect(answer.kind).toBe('accepted');
    expect(await ledger.get(onboardingOf(answer).id)).toBeUndefined();
    expect(await database().rowsNamed(nameIn(rolledBack))).toBe(0);
  });

  it('is in the ledger after the commit, as it was answered, with an id and a time as everywhere', async () => {
    const before = Date.now();
    const sent = transactionalRequest({
      customerId: 'c-1',
      metadata: { plan: 'gold' },
      callbackUrl: 'https://a.example/x',
    });
    const answer = await inTransaction(client, 'commit', () => acceptInTransaction(client, sent));
    const onboarding = onboardingOf(answer);
    expect(answer.kind).toBe('accepted');
    expect(onboarding).toEqual(await present(ledger, onboarding));
    expect(onboarding).toMatchObject({
      status: 'accepted',
      lane: 'live',
      sourceName: nameIn(sent),
      customerId: 'c-1',
      metadata: { plan: 'gold' },
      callbackUrl: 'https://a.example/x',
    });
    expect(isOnboardingId(onboarding.id)).toBe(true);
    // Both clocks are this machine's.
    const at = Date.parse(onboarding.createdAt);
    expect(at).toBeGreaterThanOrEqual(before - 1);
    expect(at).toBeLessThanOrEqual(Date.now() + 1);
    expect(timeIn(onboarding.id)).toBe(at);
  });

  it.each(['accepted', 'queued', 'retrying', 'provisioned', 'failed'] as const)(
    'answers one that is %s as the ledger has it, and keeps its fields',
    async (status) => {
      const known = await onboardingIn(status, database(), { region: REGION, lane: 'live' });
      const answer = await inTransaction(client, 'commit', () =>
        acceptInTransaction(client, {
          account: known.account,
          region: REGION,
          sourceName: known.sourceName,
          customerId: 'another',
        }),
      );
      expect(answer).toEqual({ kind: 'existing', onboarding: await present(ledger, known) });
    },
  );

  it('says that another account has the name, and not which', async () => {
    const sent = transactionalRequest({ account: '111122223333' });
    await acceptInTransaction(client, sent);
    const answer = await acceptInTransaction(client, { ...sent, account: '000000000102' });
    expect(answer).toMatchObject({
      kind: 'taken',
      errors: [{ field: 'eventName', code: 'source_name_taken' }],
    });
    expect(JSON.stringify(answer)).not.toContain('111122223333');
    const whole = { account: '000000000102', region: REGION, sourceName: nameIn(sent) };
    expect(await acceptInTransaction(client, whole)).toMatchObject({ errors: [{ field: 'sourceName' }] });
  });

  it('makes a new one where a cancelled one had the name', async () => {
    const cancelled = await onboardingIn('cancelled', database(), { region: REGION });
    const { sourceName } = cancelled;
    const answer = await acceptInTransaction(client, { account: '000000000109', region: REGION, sourceName });
    expect(answer).toMatchObject({ kind: 'accepted', onboarding: { account: '000000000109' } });
  });

  it('makes one row out of 20 transactions that ask for the same name at once', async () => {
    const same = transactionalRequest();
    const clients = await Promise.all(Array.from({ length: 20 }, () => database().connect()));
    const answers = await Promise.all(
      clients.map(async (one) => inTransaction(one, 'commit', () => acceptInTransaction(one, same))),
    );
    expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'existing')).toHaveLength(19);
    expect(new Set(answers.map((answer) => onboardingOf(answer).id)).size).toBe(1);
    expect(await database().rowsNamed(nameIn(same))).toBe(1);
  });

  it('asks for a lift of a waiting bulk one without locking it', async () => {
    const waiting = await onboardingIn('queued', database(), { region: REGION, lane: 'bulk' });
    const { account, sourceName } = waiting;
    await client.query('begin');
    const answer = await acceptInTransaction(client, { account, region: REGION, sourceName });
    expect(answer).toMatchObject({ kind: 'existing', onboarding: { id: waiting.id, lane: 'live' } });
    // While the caller's transaction is open, the service continues with that row.
    expect(await ledger.saveRound(roundWrite(waiting, 'retrying'))).toBe('saved');
    await client.query('commit');
    const { rows } = await client.query('select from onboarding.lifts where onboarding_id = $1', [
      waiting.id,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('wakes the service once for a transaction, and not for one that is rolled back', async () => {
    const listener = await database().connect();
    const heard: (string | undefined)[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query('listen onboarding_accepted');
    await inTransaction(client, 'rollback', () => acceptInTransaction(client, transactionalRequest()));
    await inTransaction(client, 'commit', async () => {
      for (let index = 0; index < 3; index += 1) await acceptInTransaction(client, transactionalRequest());
    });
    // Notifications come in the order of the commits, so that this one is the last.
    await client.query(`notify onboarding_accepted, 'end'`);
    await eventually(() => heard.includes('end'));
    expect(heard).toEqual(['', 'end']);
  });
});

describe('a request that is not taken', () => {
  it('is answered with every wrong field, and the transaction continues', async () => {
    const good = transactionalRequest();
    const bad = { account: 1, region: 'mars-1', eventNamespace: 'a//b', eventName: 'x/y', nope: 1 };
    await inTransaction(client, 'commit', async () => {
      const answer = await acceptInTransaction(client, bad as never);
      if (answer.kind !== 'invalid') throw new Error(answer.kind);
      expect(answer.errors.map(({ field, code }) => [field, code])).toEqual([
        ['account', 'invalid_type'],
        ['region', 'region_not_registered'],
        ['eventNamespace', 'invalid_source_name'],
        ['eventName', 'invalid_source_name'],
        ['nope', 'unknown_field'],
      ]);
      expect(answer.errors[1]?.message).toContain('us-east-1, eu-west-1');
      expect((await acceptInTransaction(client, good)).kind).toBe('accepted');
    });
    expect(await database().rowsNamed(nameIn(good))).toBe(1);
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['half an emoji', '\ud83d'],
  ])('names the field that holds what jsonb cannot: %s', async (_what, customerId) => {
    expect(await acceptInTransaction(client, transactionalRequest({ customerId }))).toMatchObject({
      kind: 'invalid',
      errors: [{ field: 'customerId', code: 'invalid_text' }],
    });
  });

  it('raises ONB01 in plain SQL, with the fields as JSON, so that nobody commits past it', async () => {
    const error = await refusal(
      client.query(`select onboarding.accept('{"account": "101", "region": "us-east-1"}')`),
    );
    expect(error.code).toBe('ONB01');
    expect(error.message).toMatch(
      /^onboarding refused: account: An AWS account id has exactly 12 digits, "101" has 3;/,
    );
    expect(JSON.parse(error.detail ?? '')).toMatchObject({
      code: 'invalid_request',
      errors: [
        { field: 'account', code: 'invalid_account' },
        { field: 'eventNamespace', code: 'required' },
        { field: 'eventName', code: 'required' },
      ],
    });
    expect((await refusal(client.query('select onboarding.accept(null)'))).code).toBe('ONB01');
  });

  it('raises ONB02 when another account has the name', async () => {
    const sent = transactionalRequest();
    await acceptInTransaction(client, sent);
    const other = JSON.stringify({ ...sent, account: '000000000102' });
    const error = await refusal(client.query('select onboarding.accept($1)', [other]));
    expect(error.code).toBe('ONB02');
    expect(JSON.parse(error.detail ?? '')).toMatchObject({
      code: 'source_name_taken',
      errors: [{ field: 'eventName', code: 'source_name_taken' }],
    });
  });

  it('is not hidden by a misspelt second argument', async () => {
    for (const [argument, shown] of [
      [`'ignore '`, '"ignore " (has surrounding blanks)'],
      ['null', 'null'],
    ] as const)
      expect(await refusal(client.query(`select onboarding.accept('{}', ${argument})`))).toMatchObject({
        code: '22023',
        message: `on_refusal is 'raise' (the default) or 'answer', not ${shown}.`,
      });
  });
});

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const timeIn = (id: string): number =>
  Array.from(id.slice(4, 14)).reduce((sum, digit) => sum * 32 + CROCKFORD.indexOf(digit), 0);
