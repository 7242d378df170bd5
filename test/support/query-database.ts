import pg from 'pg';

/** One statement past the service, for what no interface shows. */
export async function queryDatabase<T>(url: string, statement: string): Promise<readonly T[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rows as T[];
  } finally {
    await client.end();
  }
}
