import { sql } from 'kysely';
import type { NewOnboarding } from '../domain/acceptance.ts';
import type { OnboardingId } from '../domain/ids.ts';
import type { RoundWrite } from '../domain/round.ts';
import type { Clock, Ledger } from '../ports.ts';
import { accept } from './accept.ts';
import { counts } from './counts.ts';
import type { LedgerDatabase } from './database.ts';
import { grouped } from './group.ts';
import { beginHold, endHold, holdsSince, lastingHolds } from './holds.ts';
import { getImport, saveImport } from './imports.ts';
import { list } from './list.ts';
import { markQueued } from './mark-queued.ts';
import { openBatch } from './open-batch.ts';
import { attempts, findHolders, getMany, loadRuns } from './read.ts';
import { replay } from './replay.ts';
import { saveAwsState } from './save-aws-state.ts';
import { saveRounds } from './save-rounds.ts';
import type { Stamp } from './stamp.ts';
import { takeLifts } from './take-lifts.ts';
import { reach } from './unreachable.ts';

/** `id` tells this ledger from any other: twelve hex digits, given when it was made. */
export type OpenLedger = Ledger & { readonly id: string };

/** Single calls that come together go out together; about 40 rows a statement is where it pays, more is bounded. */
const GROUP = { max: 200 };
/** With the wait of the group before it and its own, a caller has the answer within 2 s. */
const HELD_UP_WITHIN_MS = 1_200;

export interface LedgerSettings extends Stamp {
  readonly clock: Pick<Clock, 'now'>;
  readonly answerWithinMs: number;
  /** Connections that wait for a name only briefly, and how many of them may do so at once, for single intakes. */
  readonly intake?: { readonly db: LedgerDatabase; readonly heldUpAtOnce: number };
}

/** The port over an open, migrated database: every call in one line, each bounded and translated by `reach`. */
export function createLedger(
  db: LedgerDatabase,
  { id, epoch, clock, answerWithinMs, intake = { db, heldUpAtOnce: 1 } }: LedgerSettings,
): OpenLedger {
  const bounded = <T>(call: () => Promise<T>): Promise<T> => reach(call, answerWithinMs);
  const acceptOne = grouped(
    (requests: readonly NewOnboarding[]) => bounded(() => accept(intake.db, requests)),
    {
      ...GROUP,
      heldUp: {
        by: ({ region, sourceName }) => `${region} ${sourceName}`,
        atOnce: intake.heldUpAtOnce,
        withinMs: HELD_UP_WITHIN_MS,
      },
    },
  );
  const loadOne = grouped((ids: readonly OnboardingId[]) => bounded(() => loadRuns(db, ids)), GROUP);
  const saveOne = grouped((writes: readonly RoundWrite[]) => bounded(() => saveRounds(db, writes)), {
    ...GROUP,
    keyOf: ({ id: onboarding }) => onboarding,
  });
  return {
    id,
    epoch,
    async accept(requests) {
      const [only, ...others] = requests;
      if (only !== undefined && others.length === 0) return [await acceptOne(only)];
      return bounded(() => accept(db, requests));
    },
    markQueued: (refs, at) => bounded(() => markQueued(db, refs, at)),
    get: (onboarding) => bounded(async () => (await getMany(db, [onboarding]))[0]),
    getMany: (ids) => bounded(() => getMany(db, ids)),
    findHolders: (names) => bounded(() => findHolders(db, names)),
    loadRun: (onboarding) => loadOne(onboarding),
    saveRound: (write) => saveOne(write),
    list: (filter, page) => bounded(() => list(db, filter, page)),
    attempts: (onboarding) => bounded(() => attempts(db, onboarding)),
    replay: (onboarding, request) => bounded(() => replay(db, onboarding, request)),
    saveAwsState: (onboarding, state) =>
      bounded(() => saveAwsState(db, onboarding, { ...state, at: new Date(clock.now()).toISOString() })),
    counts: () => bounded(() => counts(db)),
    openBatch: (query) => bounded(() => openBatch(db, query)),
    takeLifts: (at, limit) => bounded(() => takeLifts(db, at, limit)),
    beginHold: (hold) => bounded(() => beginHold(db, hold)),
    endHold: (region, kind, end) => bounded(() => endHold(db, { region, kind }, end)),
    lastingHolds: () => bounded(() => lastingHolds(db)),
    holdsSince: (region, since) => bounded(() => holdsSince(db, region, since)),
    saveImport: (report, errors) => bounded(() => saveImport(db, report, errors)),
    getImport: (importId) => bounded(() => getImport(db, importId)),
    ping: async () => {
      await bounded(() => sql`select 1`.execute(db));
    },
    async close() {
      await Promise.all([db.destroy(), ...(intake.db === db ? [] : [intake.db.destroy()])]);
    },
  };
}
