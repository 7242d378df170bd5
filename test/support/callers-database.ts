import pg from 'pg';
import { beforeAll, onTestFinished } from 'vitest';
import type { Region } from '../../src/domain/region.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { Onboarding, TransactionalAcceptance, TransactionalRequest } from '../../src/outbox.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createTestDatabase } from './postgres.ts';
import { recordingLog } from './recording-log.ts';

export const REGION = 'us-east-1' as Region;

/** A ledger in somebody's own database, and that somebody's connection. */
export interface CallersDatabase {
  readonly url: string;
  readonly ledger: OpenLedger;
  readonly client: pg.Client;
  /** One more connection, for this test. */
  connect(): Promise<pg.Client>;
  sql(statement: string): Promise<readonly Record<string, unknown>[]>;
  rowsNamed(name: string): Promise<number>;
  close(): Promise<void>;
}

/** One for the whole file. */
export function callersDatabase(): () => CallersDatabase {
  let opened: CallersDatabase;
  beforeAll(async () => {
    opened = await open();
    return () => opened.close();
  });
  return () => opened;
}

async function open(): Promise<CallersDatabase> {
  const database = await createTestDatabase();
  const { url } = database;
  const ledger = await openLedger(
    { kind: 'postgres', url },
    {
      awsMode: 'sandbox',
      partner: 'acme.example',
      regions: [REGION, 'eu-west-1'],
      clock: systemClock,
      log: recordingLog(),
    },
  );
  const client = await connectTo(url);
  return {
    url,
    ledger,
    client,
    async connect() {
      const another = await connectTo(url);
      onTestFinished(async () => another.end());
      return another;
    },
    sql: async (statement) => (await client.query<Record<string, unknown>>(statement)).rows,
    async rowsNamed(name) {
      const statement = 'select from onboarding.onboardings where source_name = $1';
      return (await client.query(statement, [name])).rowCount ?? 0;
    },
    async close() {
      await client.end();
      await ledger.close();
      await database.drop();
    },
  };
}

async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

let made = 0;

/** A request that is valid, under a name of its own. */
export function transactionalRequest(more: Partial<TransactionalRequest> = {}): TransactionalRequest {
  made += 1;
  const name = {
    account: '000000000101',
    region: REGION,
    eventNamespace: `tx/n${made}`,
    eventName: 'orders',
  };
  return { ...name, ...more };
}

export const nameIn = (request: TransactionalRequest): string =>
  'sourceName' in request
    ? request.sourceName
    : `aws.partner/acme.example/${request.eventNamespace}/${request.eventName}`;

export async function inTransaction<T>(
  client: pg.Client,
  end: 'commit' | 'rollback',
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  await client.query('begin');
  const answer = await work(client);
  await client.query(end);
  return answer;
}

export function onboardingOf(answer: TransactionalAcceptance): Onboarding {
  if (!('onboarding' in answer)) throw new Error(JSON.stringify(answer));
  return answer.onboarding;
}

/** The error that PostgreSQL answers. */
export async function refusal(statement: Promise<unknown>): Promise<pg.DatabaseError> {
  const error: unknown = await statement.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof pg.DatabaseError)) throw new Error(`Not refused: ${String(error)}`);
  return error;
}
