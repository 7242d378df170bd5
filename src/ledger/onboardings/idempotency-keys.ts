import { sql } from 'kysely';
import { KEY_KEPT_MS, type KeyedCall, type Repetition } from '../../domain/acceptance.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { oneOf } from './conditions.ts';

type Key = KeyedCall['key'];
type Call = Pick<KeyedCall, 'key' | 'fingerprint' | 'at'>;

/** What is kept under a key. */
export interface Kept {
  readonly fingerprint: string;
  readonly answer: string;
}

/** Until the transaction ends. Two keys whose hashes are the same only wait for one another. */
export async function lockKeys(db: LedgerDatabase, keys: readonly Key[]): Promise<ReadonlySet<Key>> {
  const { rows } = await sql<{ key: Key; free: boolean }>`
    select key, pg_try_advisory_xact_lock(hashtextextended(key, 0)) as free
    from jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) as key`.execute(db);
  return new Set(rows.flatMap(({ key, free }) => (free ? [key] : [])));
}

/** A statement of its own, after the locks: it has to see what the holder before us committed. */
export async function keptAnswers(
  db: LedgerDatabase,
  calls: readonly Pick<Call, 'key' | 'at'>[],
): Promise<ReadonlyMap<Key, Kept>> {
  if (calls.length === 0) return new Map();
  const rows = await db
    .selectFrom('idempotency_keys')
    .select(['key', 'fingerprint', 'answer', 'created_at'])
    .where(
      oneOf(
        'key',
        calls.map(({ key }) => key),
      ),
    )
    .execute();
  const ages = new Map(calls.map(({ key, at }) => [key, Date.parse(at)]));
  return new Map(
    rows
      .filter((row) => (ages.get(row.key) ?? 0) - Date.parse(row.created_at) < KEY_KEPT_MS)
      .map(({ key, fingerprint, answer }) => [key, { fingerprint, answer }]),
  );
}

/** What a call is answered whose key stands for something already. */
export function repetition({ fingerprint }: Pick<Call, 'fingerprint'>, kept: Kept | undefined): Repetition {
  if (kept === undefined) throw new Error('A key is neither kept nor new.');
  return kept.fingerprint === fingerprint
    ? { kind: 'repeated', answer: kept.answer }
    : { kind: 'otherRequest' };
}

/** What is there already under one of these keys is too old to count. */
export async function keepAnswers(
  db: LedgerDatabase,
  calls: readonly (Call & { readonly answer: string })[],
): Promise<void> {
  if (calls.length === 0) return;
  const column = (name: keyof (typeof calls)[number]): readonly string[] => calls.map((call) => call[name]);
  await sql`
    insert into onboarding.idempotency_keys (key, fingerprint, answer, created_at)
    select * from unnest(${column('key')}::text[], ${column('fingerprint')}::text[], ${column('answer')}::text[],
      ${column('at')}::timestamptz[])
    on conflict (key) do update set
      fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at`.execute(
    db,
  );
}

/** Forgets answers that were kept before an instant, oldest first; gives back how many. Several may prune at once. */
export async function pruneKeys(
  db: LedgerDatabase,
  { before, limit }: { before: string; limit: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('idempotency_keys')
    .where('key', 'in', (eb) =>
      eb
        .selectFrom('idempotency_keys')
        .select('key')
        .where('created_at', '<', before)
        .orderBy('created_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
