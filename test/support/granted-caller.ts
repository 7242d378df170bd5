import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/**
 * A connection of a role that has the rights that docs/transactional-enqueue.md grants, read from there, and no other.
 * Role and connection are gone after the test.
 * @param url of an administrator
 */
export async function connectGranted(url: string): Promise<pg.Client> {
  const role = `signup_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`create role ${role} login password 'of-the-caller'`);
  await admin.query((await documentedGrants()).replaceAll(/\bTO signup\b/g, `to ${role}`));
  const own = new URL(url);
  [own.username, own.password] = [role, 'of-the-caller'];
  const client = new pg.Client({ connectionString: own.href });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await admin.query(`drop owned by ${role} cascade`);
    await admin.query(`drop role ${role}`);
    await admin.end();
  });
  return client;
}

async function documentedGrants(): Promise<string> {
  const page = await readFile(new URL('../../docs/transactional-enqueue.md', import.meta.url), 'utf8');
  const [, grants] = /## Grants\n[^#]*?```sql\n([^`]*)```/.exec(page) ?? [];
  if (grants?.includes('TO signup') !== true)
    throw new Error('docs/transactional-enqueue.md has no grants any more.');
  return grants;
}
