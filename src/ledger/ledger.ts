import { sql } from 'kysely';
import type { NewOnboarding } from '../domain/acceptance.ts';
import type { OnboardingId } from '../domain/ids.ts';
import type { RoundWrite } from '../domain/round.ts';
import type { Clock, Ledger } from '../ports.ts';
import { accept } from './accept.ts';
import { counts } from './counts.ts';
import type { LedgerDatabase } from './database.ts';
import { createDeliveryLedger } from './deliveries/delivery-ledger.ts';
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
import { reach } from './unreachable.ts';

/** `id` tells this ledger from any other: twelve hex digits, given when it was made. */
export type OpenLedger = Ledger & { readonly id: string };

export interface LedgerSettings extends Stamp {
  readonly clock: Pick<Clock, 'now'>;
  readonly answerWithinMs: number;
  /** WEBHOOK_URL: whether ends and circuits are to be told there, and which endpoint that is. It is never stored. */
  readonly webhookUrl?: string | undefined;
}

/** Single calls that come together go out together; about 40 rows a statement is where it pays, more is bounded. */
const GROUP = { max: 200 };

/** The port over an open, migrated database: every call in one line, each bounded and translated by `reach`. */
export function createLedger(
  db: LedgerDatabase,
  { id, epoch, clock, answerWithinMs, webhookUrl }: LedgerSettings,
): OpenLedger {
  const bounded = <T>(call: () => Promise<T>): Promise<T> => reach(call, answerWithinMs);
  const acceptOne = grouped(
    (requests: readonly NewOnboarding[]) => bounded(() => accept(db, requests)),
    GROUP,
  );
  const loadOne = grouped((ids: readonly OnboardingId[]) => bounded(() => loadRuns(db, ids)), GROUP);
  const hasWebhook = webhookUrl !== undefined;
  const saveOne = grouped(
    (writes: readonly RoundWrite[]) => bounded(() => saveRounds(db, writes, hasWebhook)),
    {
      ...GROUP,
      keyOf: ({ id: onboarding }) => onboarding,
    },
  );
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
    beginHold: (hold) => bounded(() => beginHold(db, hold, hasWebhook)),
    endHold: (region, kind, end) => bounded(() => endHold(db, { region, kind, hasWebhook }, end)),
    lastingHolds: () => bounded(() => lastingHolds(db)),
    holdsSince: (region, since) => bounded(() => holdsSince(db, region, since)),
    saveImport: (report, errors) => bounded(() => saveImport(db, report, errors)),
    getImport: (importId) => bounded(() => getImport(db, importId)),
    ...createDeliveryLedger(db, { bounded, clock, webhookUrl }),
    ping: async () => {
      await bounded(() => sql`select 1`.execute(db));
    },
    close: () => db.destroy(),
  };
}
