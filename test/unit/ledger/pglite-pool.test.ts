import { expect, test } from 'vitest';
import { createPglitePool } from '../../../src/ledger/pglite-pool.ts';

type Pglite = Parameters<typeof createPglitePool>[0];

function recordingPglite(): Pglite & { readonly statements: string[] } {
  const statements: string[] = [];
  return {
    statements,
    query: (statement: string) => {
      statements.push(statement);
      return Promise.resolve({ command: 'UPDATE', rowCount: 2, rows: [], fields: [] });
    },
    close: () => {
      statements.push('close');
      return Promise.resolve();
    },
  };
}

test('the second caller gets the session when the first has given it back, in the order of asking', async () => {
  const pglite = recordingPglite();
  const pool = createPglitePool(pglite);
  const first = await pool.connect();
  const others = ['second', 'third'].map(async (name) => {
    const client = await pool.connect();
    await client.query(name, []);
    client.release();
  });
  await first.query('first', []);
  await first.query('first again', []);
  expect(pglite.statements).toEqual(['first', 'first again']);
  first.release();
  await Promise.all(others);
  expect(pglite.statements).toEqual(['first', 'first again', 'second', 'third']);
});

test('closing waits for whoever has the session', async () => {
  const pglite = recordingPglite();
  const pool = createPglitePool(pglite);
  const client = await pool.connect();
  const ended = pool.end();
  await client.query('last', []);
  client.release();
  await ended;
  expect(pglite.statements).toEqual(['last', 'close']);
});

test('a result looks as it does from pg', async () => {
  const client = await createPglitePool(recordingPglite()).connect();
  expect(await client.query('update', [])).toEqual({ command: 'UPDATE', rowCount: 2, rows: [] });
});
