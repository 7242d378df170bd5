import type { Acceptance, KeyedAcceptance, KeyedCall } from '../../domain/acceptance.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { isToBeMadeAgain } from '../../domain/connection.ts';
import type { SourceRef } from '../../domain/outcome.ts';
import { accept } from './accept.ts';
import { findHolders } from './read.ts';
import { keepAnswers, type Kept, keptAnswers, lockKeys, repetition } from './idempotency-keys.ts';

type Key = KeyedCall['key'];

interface First extends Kept {
  readonly acceptances: readonly Acceptance[];
}

/**
 * Records the requests of keyed calls together with the answers that will be given: one transaction for all of
 * them, so that whatever dies leaves either both or neither, and a key never has to be taken over from the dead.
 *
 * While it runs it holds a lock on each key. A key that another call holds is `atWork`, without waiting: a
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
    const locked = await lockKeys(transaction, [...firsts.keys()]);
    const kept = await withoutLost(
      transaction,
      await keptAnswers(
        transaction,
        [...firsts.values()].filter(({ key }) => locked.has(key)),
      ),
      firsts,
    );
    const fresh = [...firsts.values()].filter(({ key }) => locked.has(key) && !kept.has(key));
    const made = await acceptAll(transaction, fresh);
    await keepAnswers(
      transaction,
      fresh.map((call) => ({ ...call, answer: made.get(call.key)?.answer ?? '' })),
    );
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

/**
 * A kept answer that presents a source which was lost since is forgotten: the request starts it over, as one without a key
 * would.
 */
async function withoutLost(
  db: LedgerDatabase,
  kept: ReadonlyMap<Key, Kept>,
  calls: ReadonlyMap<Key, KeyedCall>,
): Promise<ReadonlyMap<Key, Kept>> {
  const repeated = [...kept].flatMap(([key, { fingerprint }]) => {
    const call = calls.get(key);
    return call?.fingerprint === fingerprint ? [call] : [];
  });
  const holders = await findHolders(
    db,
    repeated.flatMap(({ requests }) => requests),
  );
  const lost = new Set(
    holders.flatMap((holder) =>
      isToBeMadeAgain(holder, Date.parse(repeated[0]?.at ?? '')) ? [nameOf(holder)] : [],
    ),
  );
  if (lost.size === 0) return kept;
  const stale = new Set(
    repeated.filter(({ requests }) => requests.some((one) => lost.has(nameOf(one)))).map(({ key }) => key),
  );
  return new Map([...kept].filter(([key]) => !stale.has(key)));
}

const nameOf = ({ region, sourceName }: SourceRef): string => `${region} ${sourceName}`;

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
