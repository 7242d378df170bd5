/**
 * A signup whose customer and onboarding are there both or not at all: one transaction in the application's own
 * database, which is the ledger's too. docs/transactional-enqueue.md says which rights its role needs.
 *
 *   DATABASE_URL=postgres:///shop npx tsx examples/transactional-signup.ts c-2005 000000000101 us-east-1
 *
 * Prints the onboarding's id; ends with 1 and the reasons when the request is refused.
 */
import pg from 'pg';
import { acceptInTransaction, type TransactionalAcceptance } from 'eventbridge-partner-onboarding/outbox';

/** What the application does: its own row and the onboarding in one commit. */
async function signUp(
  client: pg.Client,
  customer: { id: string; account: string; region: string },
): Promise<TransactionalAcceptance> {
  await client.query('begin');
  try {
    const answer = await acceptInTransaction(client, {
      account: customer.account,
      region: customer.region,
      eventNamespace: `customers/${customer.id}`,
      eventName: 'orders',
      customerId: customer.id,
    });
    if (answer.kind === 'accepted' || answer.kind === 'existing') {
      const values = [customer.id, answer.onboarding.id];
      await client.query('insert into customers values ($1, $2) on conflict do nothing', values);
      await client.query('commit');
    } else {
      await client.query('rollback');
    }
    return answer;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

const [id = '', account = '', region = ''] = process.argv.slice(2);
const client = new pg.Client(process.env['DATABASE_URL'] ?? 'postgres:///shop');
await client.connect();
try {
  await client.query('create table if not exists customers (id text primary key, onboarding_id text)');
  const answer = await signUp(client, { id, account, region });
  if ('onboarding' in answer) {
    console.log(answer.onboarding.id);
  } else {
    console.error(answer.errors.map(({ field, message }) => `${field}: ${message}`).join('\n'));
    process.exitCode = 1;
  }
} finally {
  await client.end();
}
