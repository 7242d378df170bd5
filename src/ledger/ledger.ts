import { sql } from 'kysely';
import type { KeyedCall, NewOnboarding } from '../domain/acceptance.ts';
import type { OnboardingId } from '../domain/ids.ts';
import type { RoundWrite } from '../domain/round.ts';
import type { Clock, Ledger, Log } from '../ports.ts';
import type { EventFeed } from '../ports/event-feed.ts';
import type { Checkup } from '../ports/doctor.ts';
import { listAudit, recordAudit } from './audit/record-audit.ts';
import { CHECK_READS, CHECK_WRITES } from './checks/check-calls.ts';
import { renew } from './checks/renew.ts';
import { countOverdue, saveCheck } from './checks/save-check.ts';
import { type Bounded, callsOn } from './database/calls-on.ts';
import type { LedgerDatabase } from './database/database.ts';
import { grouped } from './database/group.ts';
import type { NotificationsListener } from './database/notifications-listener.ts';
import { reach } from './database/unreachable.ts';
import { beginAlert, endAlert, failuresSince, lastingAlerts, tellLedgerBack } from './deliveries/alerts.ts';
import { releaseDelivery } from './deliveries/claim.ts';
import { deliveryCalls } from './deliveries/delivery-calls.ts';
import { listEndpoints } from './deliveries/endpoints.ts';
import { deliveryCounts, getDelivery, listDeliveries } from './deliveries/read-deliveries.ts';
import type { Receivers } from './deliveries/receivers.ts';
import { sendDeliveriesNow } from './deliveries/replay-delivery.ts';
import { createEventFeed } from './events/event-feed.ts';
import { readFailures } from './figures/read-failures.ts';
import { counts, pruneFigures, readFigures } from './figures/read-figures.ts';
import { beginHold, endHold, holdsSince, lastingHolds, resumeRegion } from './holds.ts';
import { createLedgerCheckup } from './ledger-checkup.ts';
import { revokedLogins, revokeLogin } from './logins.ts';
import type { Stamp } from './migrations/stamp.ts';
import { acceptKeyed } from './onboardings/accept-keyed.ts';
import { accept } from './onboardings/accept.ts';
import { cancel } from './onboardings/cancel.ts';
import { pruneKeys } from './onboardings/idempotency-keys.ts';
import { getImport, importRejects, pruneRejects, saveImport, saveRejects } from './onboardings/imports.ts';
import { list } from './onboardings/list.ts';
import { markQueued, unqueue } from './onboardings/mark-queued.ts';
import { acceptedWakes } from './accepted-wakes.ts';
import { acceptedBatch, openBatch, readBacklog } from './onboardings/open-batches.ts';
import { attempts, findHolders, getMany, loadRuns } from './onboardings/read.ts';
import { replay } from './onboardings/replay.ts';
import { saveRounds } from './onboardings/save-rounds.ts';
import { takeLifts } from './onboardings/take-lifts.ts';
import { createReplay, createReplayKeyed, previewReplay } from './replays/create-replay.ts';
import { leaseReplays, releaseReplays, replaysToQueue } from './replays/lease-replays.ts';
import { moveReplayBatch, replayBatchQueued } from './replays/move-batch.ts';
import { cancelReplay, getReplay, listReplays, runningReplays } from './replays/read-replays.ts';
import { settleReplay } from './replays/settle-replay.ts';
import { isTextIndexed } from './search/text-index.ts';

export interface OpenLedger extends Ledger {
  /** Tells this ledger from any other: twelve hex digits, given when it was made. */
  readonly id: string;
  readonly events: EventFeed;
  /** Calls `wake` when there may be onboardings that came in by SQL. @returns ends it */
  onAccepted(wake: () => void): () => void;
  /** Looks at the database. */
  readonly checkup: Checkup;
}

export interface LedgerParts extends Stamp {
  readonly clock: Clock;
  readonly log: Log;
  readonly answerWithinMs: number;
  /** Connections that wait for a name only briefly, and how many of them may do so at once, for single intakes. */
  readonly intake?: Intake;
  readonly receivers?: Receivers | undefined;
  /** Connections whose statements may take long, for what concerns a whole set of onboardings. */
  readonly patient?: LedgerDatabase;
  /** Undefined where no notification comes: embedded, or behind a pooler. */
  readonly listener?: NotificationsListener | undefined;
  readonly embedded?: boolean;
}

interface Intake {
  readonly db: LedgerDatabase;
  readonly heldUpAtOnce: number;
}

/** Single calls that come together go out together; about 40 rows a statement is where it pays, more is bounded. */
const GROUP = { max: 200 };
/** With the wait of the group before it and its own, a caller has the answer within 2 s. */
const HELD_UP_WITHIN_MS = 1_200;

/** The port over an open, migrated database: every call is bounded, and translated by `reach`. */
export function createLedger(
  db: LedgerDatabase,
  {
    id,
    epoch,
    clock,
    log,
    answerWithinMs,
    listener,
    embedded = false,
    receivers = {},
    intake = { db, heldUpAtOnce: 1 },
    patient = db,
  }: LedgerParts,
): OpenLedger {
  const bounded: Bounded = (call) => reach(call, answerWithinMs);
  const events = createEventFeed(db, { clock, log, bounded, listener });
  /** A call that changes onboardings. */
  const changing: Bounded = async (call) => {
    const answer = await bounded(call);
    events.changed();
    return answer;
  };
  /** A call for a whole set. A database that is away is noticed as fast as ever; one that answers may then take its time. */
  const patiently: Bounded = async (call) => {
    await bounded(() => ping(db));
    return reach(call);
  };
  const accepted = acceptedWakes(listener);
  const hasWebhook = receivers.webhookUrl !== undefined;
  return {
    id,
    epoch,
    events,
    ...callsOn(db, bounded, READS),
    ...callsOn(db, bounded, WRITES),
    ...callsOn(db, changing, { takeLifts, markQueued, unqueue, replay, moveReplayBatch, renew }),
    saveCheck: (write) => changing(() => saveCheck(db, write, hasWebhook)),
    ...callsOn(patient, patiently, { previewReplay, createReplay, createReplayKeyed, sendDeliveriesNow }),
    ...takingIn({ db, intake }, changing),
    ...provisioning({ db, hasWebhook }, { bounded, changing }),
    ...deliveryCalls(db, bounded, { clock, receivers }),
    countOverdue: () => bounded(() => countOverdue(db, clock.now())),
    backlog: () => bounded(() => readBacklog(db, clock.now())),
    cancel: (onboarding, request) => changing(() => cancel(db, onboarding, { ...request, hasWebhook })),
    beginHold: (hold) => bounded(() => beginHold(db, hold, receivers)),
    endHold: (region, kind, end) => bounded(() => endHold(db, { region, kind, ...end }, receivers)),
    async resumeRegion(region, end) {
      const ended = await bounded(() => resumeRegion(db, region, end));
      accepted.wake();
      return ended;
    },
    checkup: createLedgerCheckup(db, { clock, embedded }),
    onAccepted: accepted.listen,
    async close() {
      listener?.close();
      await Promise.all([...new Set([db, intake.db, patient])].map((pool) => pool.destroy()));
    },
  };
}

const READS = {
  ping,
  get: async (db: LedgerDatabase, id: OnboardingId) => (await getMany(db, [id]))[0],
  getMany,
  findHolders,
  list,
  attempts,
  acceptedBatch,
  openBatch,
  getImport,
  importRejects,
  listAudit,
  lastingHolds,
  holdsSince,
  revokedLogins,
  textIndexed: isTextIndexed,
  counts,
  figures: readFigures,
  failures: readFailures,
  getReplay,
  listReplays,
  runningReplays,
  replaysToQueue,
  getDelivery,
  listDeliveries,
  listEndpoints,
  deliveryCounts,
  ...CHECK_READS,
  lastingAlerts,
  failuresSince,
};

/** What changes no onboarding. */
const WRITES = {
  recordAudit,
  ...CHECK_WRITES,
  saveImport,
  saveRejects,
  pruneRejects,
  pruneKeys,
  pruneFigures,
  revokeLogin,
  cancelReplay,
  leaseReplays,
  releaseReplays,
  replayBatchQueued,
  settleReplay,
  releaseDelivery,
  beginAlert,
  endAlert,
  tellLedgerBack,
};

async function ping(db: LedgerDatabase): Promise<void> {
  await sql`select from onboarding.stamp for no key update skip locked`.execute(db);
}

function takingIn(
  { db, intake }: { db: LedgerDatabase; intake: Intake },
  bounded: Bounded,
): Pick<Ledger, 'accept' | 'acceptKeyed'> {
  const heldUp = { atOnce: intake.heldUpAtOnce, withinMs: HELD_UP_WITHIN_MS };
  const acceptOne = grouped(
    (requests: readonly NewOnboarding[]) => bounded(() => accept(intake.db, requests)),
    { ...GROUP, heldUp: { ...heldUp, by: nameOf } },
  );
  const acceptKeyedOne = grouped(
    (calls: readonly KeyedCall[]) => bounded(() => acceptKeyed(intake.db, calls)),
    { ...GROUP, heldUp: { ...heldUp, by: ({ requests: [only], key }) => (only ? nameOf(only) : key) } },
  );
  return {
    async accept(requests) {
      const [only, ...others] = requests;
      if (only !== undefined && others.length === 0) return [await acceptOne(only)];
      return bounded(() => accept(db, requests));
    },
    async acceptKeyed(call) {
      if (call.requests.length <= 1) return acceptKeyedOne(call);
      const [only] = await bounded(() => acceptKeyed(db, [call]));
      if (only === undefined) throw new Error('The ledger answered nothing for one call.');
      return only;
    },
  };
}

const nameOf = ({ region, sourceName }: NewOnboarding): string => `${region} ${sourceName}`;

/** Runs are loaded and saved by the thousand: those that come together go out together. */
function provisioning(
  { db, hasWebhook }: { db: LedgerDatabase; hasWebhook: boolean },
  { bounded, changing }: { bounded: Bounded; changing: Bounded },
): Pick<Ledger, 'loadRun' | 'saveRound'> {
  return {
    loadRun: grouped((ids: readonly OnboardingId[]) => bounded(() => loadRuns(db, ids)), GROUP),
    saveRound: grouped(
      (writes: readonly RoundWrite[]) => changing(() => saveRounds(db, writes, hasWebhook)),
      { ...GROUP, keyOf: ({ id }) => id },
    ),
  };
}
