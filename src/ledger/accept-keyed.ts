import { sql } from 'kysely';
import type { Acceptance } from '../domain/acceptance.ts';
import { KEY_KEPT_MS, type KeyedAcceptance, type KeyedCall } from '../domain/keyed-call.ts';
import { accept } from './accept.ts';
import type { LedgerDatabase } from './database.ts';

type Key = KeyedCall['key'];

interface Kept {
  readonly fingerprint: string;
  readonly answer: string;
}

interface First extends Kept {
  readonly acceptances: readonly Acceptance[];
}

/**
 * Records the requests of keyed calls together with the answers that will be given: one transaction for all of
 * them, so that whatever dies leaves either both or neither, and a key never has to be taken over from the dead.
 *
 * While it runs it holds a lock on each key. A key that somebody else holds is `atWork`, and nobody waits here: a
 * waiter would keep a connection, and a few callers who repeat themselves would have them all. Of the calls with one
 * key in the same transaction the first counts, and the others are its repetitions.
 */
export async function acceptKeyed(
  db: LedgerDatabase,
  calls: readonly KeyedCall[],
): Promise<readonly KeyedAcceptance[]> {
  const firsts = new Map<Key, KeyedCall>();
  for (const call of calls) if (!firsts.has(call.key)) firsts.set(call.key, call);
  // Whatever the database's default is: after a lock has been taken, the next statement must see what its last holder wrote.
  const transactions = db.transaction().setIsolationLevel('read committed');
  return transactions.execute(async (transaction) => {
    const locked = await lock(transaction, [...firsts.keys()]);
    const kept = await keptAnswers(transaction, [...firsts.values()].filter(isIn(locked)));
    const fresh = [...firsts.values()].filter(({ key }) => locked.has(key) && !kept.has(key));
    const made = await acceptAll(transaction, fresh);
    await keep(transaction, fresh, made);
    return calls.map((call): KeyedAcceptance => {
      if (!locked.has(call.key)) return { kind: 'atWork' };
      const first = made.get(call.key);
      if (first !== undefined && firsts.get(call.key) === call) {
        const { acceptances, answer } = first;
        return { kind: 'first', acceptances, answer };
      }
      return repetition(call, first ?? kept.get(call.key));
    });
  });
}

const isIn =
  (keys: ReadonlySet<Key>) =>
  ({ key }: KeyedCall): boolean =>
    keys.has(key);

function repetition(call: KeyedCall, kept: Kept | undefined): KeyedAcceptance {
  if (kept === undefined) throw new Error('A key is neither kept nor new.');
  return kept.fingerprint === call.fingerprint
    ? { kind: 'repeated', answer: kept.answer }
    : { kind: 'otherRequest' };
}

/** Until the transaction ends. Two keys whose hashes are the same only wait for one another. */
async function lock(db: LedgerDatabase, keys: readonly Key[]): Promise<ReadonlySet<Key>> {
  const { rows } = await sql<{ key: Key; free: boolean }>`
    select key, pg_try_advisory_xact_lock(hashtextextended(key, 0)) as free
    from jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) as key`.execute(db);
  return new Set(rows.flatMap(({ key, free }) => (free ? [key] : [])));
}

/** A statement of its own, after the locks: it has to see what the holder before us committed. */
async function keptAnswers(db: LedgerDatabase, calls: readonly KeyedCall[]): Promise<ReadonlyMap<Key, Kept>> {
  if (calls.length === 0) return new Map();
  const rows = await db
    .selectFrom('idempotency_keys')
    .select(['key', 'fingerprint', 'answer', 'created_at'])
    .where(
      'key',
      'in',
      calls.map(({ key }) => key),
    )
    .execute();
  const ages = new Map(calls.map(({ key, at }) => [key, Date.parse(at)]));
  return new Map(
    rows
      .filter((row) => (ages.get(row.key) ?? 0) - Date.parse(row.created_at) < KEY_KEPT_MS)
      .map(({ key, fingerprint, answer }) => [key, { fingerprint, answer }]),
  );
}

async function acceptAll(db: LedgerDatabase, calls: readonly KeyedCall[]): Promise<ReadonlyMap<Key, First>> {
  const acceptances = await accept(
    db,
    calls.flatMap(({ requests }) => requests),
  );
  let next = 0;
  return new Map(
    calls.map(({ key, fingerprint, requests, answer }) => {
      const own = acceptances.slice(next, (next += requests.length));
      return [key, { fingerprint, acceptances: own, answer: answer(own) }];
    }),
  );
}

/** What is there already under one of these keys is too old to count. */
async function keep(
  db: LedgerDatabase,
  calls: readonly KeyedCall[],
  made: ReadonlyMap<Key, First>,
): Promise<void> {
  if (calls.length === 0) return;
  await db
    .insertInto('idempotency_keys')
    .values(
      calls.map(({ key, fingerprint, at }) => ({
        key,
        fingerprint,
        answer: made.get(key)?.answer ?? '',
        created_at: at,
      })),
    )
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((eb) => ({
        fingerprint: eb.ref('excluded.fingerprint'),
        answer: eb.ref('excluded.answer'),
        created_at: eb.ref('excluded.created_at'),
      })),
    )
    .execute();
}
