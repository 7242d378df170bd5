/**
 * All doors to the outside, types only. A use case asks only for the slice it uses. Every port has one
 * contract suite in test/contract that each implementation must pass.
 */
import type {
  Acceptance,
  CancelWrite,
  KeyedAcceptance,
  KeyedCall,
  NewOnboarding,
  ReplayWrite,
} from './domain/acceptance.ts';
import type { AccountId } from './domain/account.ts';
import type { CheckResult } from './domain/check.ts';
import type { CircuitMemory } from './domain/circuit.ts';
import type { Destination } from './domain/delivery.ts';
import type { OnboardingId } from './domain/ids.ts';
import type {
  Flow,
  JobPresence,
  JobRef,
  JobRun,
  JobVerdict,
  NewJob,
  RegionQueueCounts,
  Turn,
} from './domain/job.ts';
import type {
  Backlog,
  LiftsTaken,
  OnboardingFilter,
  OpenOnboarding,
  OpenQuery,
  Page,
} from './domain/listing.ts';
import type { Attempt, Onboarding, Status } from './domain/onboarding.ts';
import type { AttemptOutcomeKind } from './domain/outcome-kind.ts';
import type { CreateReply, ReadReply, SourceAccount, SourceRef } from './domain/outcome.ts';
import type { Region } from './domain/region.ts';
import type { RoundEnd, RoundSaved, RoundWrite, RunContext } from './domain/round.ts';
import type { AuditLog } from './ports/audit.ts';
import type { CheckLedger } from './ports/check-ledger.ts';
import type { FiguresLedger } from './ports/figures-ledger.ts';
import type { HoldLedger } from './ports/hold-ledger.ts';
import type { ImportLedger } from './ports/import-ledger.ts';
import type { LoginLedger } from './ports/login-ledger.ts';
import type { ReplayLedger } from './ports/replay-ledger.ts';
import type { WebhookLedger } from './ports/webhooks.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Fields are snake_case; no secret, token or payload is ever one. docs/operations.md lists what operators read. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

type RegionLane = Pick<Onboarding, 'region' | 'lane'>;

/**
 * Metrics; docs/metrics.md lists them. No method throws. What is passed becomes a
 * label or a number: Regions and closed unions, so that series stay few; never an id, an account or a text.
 */
export interface Metrics {
  /** `count` requests were judged by intake; `invalid`: never got that far. */
  requested(
    via: 'single' | 'batch' | 'import' | 'queue',
    result: Acceptance['kind'] | 'invalid',
    count?: number,
  ): void;
  /** A job runs, `waitedMs` after it could have. */
  jobStarted(job: RegionLane, waitedMs: number): void;
  /** An attempt ended; an unknown code is counted as `other`. */
  attempted(region: Region, outcome: AttemptOutcomeKind, code: string | null): void;
  roundEnded(job: RegionLane, end: RoundEnd, code: string | null): void;
  /** AWS confirmed a source after its onboarding had been cancelled. */
  succeededAfterCancel(region: Region): void;
  /** `tookMs` from the request to the source, replays left out. */
  provisioned(job: RegionLane, tookMs: number): void;
  /** A job's worker was not heard of any more. */
  jobStalled(region: Region): void;
  jobsRescued(count: number): void;
  /** A replay of many put so many into the queue. */
  replayed(count: number): void;
  /** A look at a source ended. */
  checked(region: Region, result: CheckResult): void;
  /** A webhook delivery was tried. `retry`: it will be again; `failed`: given up. */
  deliveryTried(destination: Destination, result: 'delivered' | 'retry' | 'failed'): void;
  /** `result`: what the reply is, or the kind of its fault. */
  awsCalled(call: { region: Region; operation: string; result: string }, tookMs: number): void;
  /** A slot of the Region's quota was taken after so long a wait. */
  slotTaken(region: Region, waitedMs: number): void;
  ledgerCalled(operation: string, result: 'ok' | 'unavailable' | 'error', tookMs: number): void;
  /** A client follows the events. */
  streamOpened(): void;
  /** `behind`: it read too slowly and was cut. */
  streamEnded(end: 'left' | 'behind' | 'stopped'): void;
  httpAnswered(call: { method: string; route: string; status: number }, tookMs: number): void;
}

// ── Ledger: the SQL system of record ────────────────────────────────────────────────────────────────────

/**
 * Every method throws {@link LedgerUnavailableError} while the database cannot be reached: within 2 s on Postgres, within
 * 10 s on the embedded database, whose callers wait for one another.
 */
export interface Ledger
  extends
    WebhookLedger,
    FiguresLedger,
    HoldLedger,
    AuditLog,
    LoginLedger,
    ReplayLedger,
    CheckLedger,
    ImportLedger {
  /** In the order of the requests; one statement for all of them. New rows of a drained Region are `accepted`. */
  accept(requests: readonly NewOnboarding[]): Promise<readonly Acceptance[]>;
  /**
   * The same for a call under a key, together with the answer that is kept: both are committed, or neither. Waits for
   * no one: while another call with the key has not ended, the answer is `atWork`.
   */
  acceptKeyed(call: KeyedCall): Promise<KeyedAcceptance>;
  /** Forgets at most `limit` kept answers from before an instant; gives back how many there were. */
  pruneKeys(query: { before: string; limit: number }): Promise<number>;
  /** accepted → queued; rows that moved on meanwhile are left alone. */
  markQueued(refs: readonly { id: OnboardingId; replays: number }[], at: string): Promise<void>;
  /** queued → accepted, for jobs that Redis did not take; rows that moved on, or have an attempt, are left alone. */
  unqueue(refs: readonly { id: OnboardingId; replays: number }[], at: string): Promise<void>;
  get(id: OnboardingId): Promise<Onboarding | undefined>;
  getMany(ids: readonly OnboardingId[]): Promise<readonly Onboarding[]>;
  /** Who holds these names now, in no particular order; a cancelled onboarding holds none. */
  findHolders(names: readonly SourceRef[]): Promise<readonly Onboarding[]>;
  loadRun(id: OnboardingId): Promise<RunContext | undefined>;
  saveRound(write: RoundWrite): Promise<RoundSaved>;
  /** Newest first. An unreadable cursor throws {@link InvalidCursorError}. */
  list(filter: OnboardingFilter, page: { limit: number; cursor?: string }): Promise<Page<Onboarding>>;
  attempts(id: OnboardingId): Promise<readonly Attempt[]>;
  /** failed|provisioned → queued with a full budget; `from` is the status that the caller judged. */
  replay(
    id: OnboardingId,
    request: { from: Status; actor: string; reason: string; at: string },
  ): Promise<ReplayWrite>;
  /** accepted|queued|retrying|failed → cancelled, told and audited; `replays` is that of the job that the caller removed. */
  cancel(
    id: OnboardingId,
    request: { replays: number; actor: string; reason: string; at: string },
  ): Promise<CancelWrite>;
  /** Accepted rows not touched since `untouchedSince`, live lane first, by keyset; none of a Region that is drained. */
  acceptedBatch(query: OpenQuery): Promise<readonly OpenOnboarding[]>;
  /** The same of rows that were in the queue, of all Regions. */
  openBatch(query: OpenQuery): Promise<readonly OpenOnboarding[]>;
  /**
   * Carries out up to `limit` requests that the SQL function has left since: waiting bulk onboardings move to the live lane,
   * and those whose source was lost are `accepted` again.
   */
  takeLifts(at: string, limit: number): Promise<LiftsTaken>;
  /** Stands for this ledger's queue content; a Redis that holds another value, or none, has lost jobs. */
  readonly epoch: string;
  /** Locks a row, which a read-only database and a full disk refuse. */
  ping(): Promise<void>;
  backlog(): Promise<readonly Backlog[]>;
  close(): Promise<void>;
}

// ── JobQueue: the carrier. Redis may be lost whole without losing an onboarding ─────────────────────────

export type JobHandler = (run: JobRun, signal: AbortSignal) => Promise<JobVerdict>;

export interface JobConsumer {
  /** Takes no new job, lets active ones end, aborts the rest before `deadlineMs` and puts them back. */
  stop(deadlineMs: number): Promise<void>;
  /** Resolves when it takes no job although jobs wait: it is to be stopped, and a new one started. */
  readonly stuck: Promise<void>;
}

export interface JobQueue {
  /** Whether the connection to Redis is up, without a request. A server that has stopped answering shows only after seconds. */
  isReady(): boolean;
  /** Fails fast with {@link QueueUnavailableError} while Redis is down. Known ids are dropped. */
  add(jobs: readonly NewJob[]): Promise<void>;
  /** Removes what is kept of a finished job first, so that the add takes effect. */
  addAnew(job: NewJob): Promise<void>;
  presence(refs: readonly JobRef[]): Promise<readonly JobPresence[]>;
  /**
   * Removes a job in any state, with all that is kept of it; one that is not there is removed too. One that a worker
   * has is withdrawn. `active`: its call is under way, and nothing happened.
   */
  remove(ref: JobRef): Promise<'removed' | 'active'>;
  /** Moves a waiting bulk job to the live lane; nothing happens when it no longer waits. */
  lift(ref: JobRef): Promise<void>;
  counts(region: Region): Promise<RegionQueueCounts>;
  setFlow(region: Region, flow: Flow): Promise<void>;
  /** Runs at once what was put aside, longest first, up to `limit` (default: all); gives back how many there were. */
  release(region: Region, limit?: number): Promise<number>;
  consume(region: Region, handler: JobHandler): JobConsumer;
  /** What every Region's keys say; null when one has none, or another: then its jobs are lost. */
  readEpoch(): Promise<string | null>;
  writeEpoch(epoch: string): Promise<void>;
  /** Runs a script that reads the clock and writes, for every Region: what workers need. */
  ping(): Promise<void>;
  /** Notes that a process runs these parts, for a minute. */
  signOn(parts: readonly string[]): Promise<void>;
  /** Those of the parts that any process runs. */
  running(parts: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What all workers know together about whether calling a Region makes sense; the rules are in src/domain/circuit.ts. */
export interface CircuitStore {
  /**
   * Applies a step to the Region's memory, exactly once; `now` is the store's clock. A step that gives back what it got
   * only reads. Throws {@link QueueUnavailableError} while Redis is away.
   */
  change(
    region: Region,
    step: (memory: CircuitMemory, now: number) => CircuitMemory,
  ): Promise<{ before: CircuitMemory; after: CircuitMemory; now: number }>;
}

// ── PartnerGateway: Amazon EventBridge's partner API ────────────────────────────────────────────────────

/**
 * Each method is exactly one AWS call (a list: one per page), and one more only when the host's clock was wrong
 * and has just been corrected by the answer. An aborted signal rejects with its reason.
 */
export interface PartnerGateway {
  create(at: SourceRef & { account: AccountId }, signal: AbortSignal, turn?: Turn): Promise<CreateReply>;
  describe(at: SourceRef, signal: AbortSignal, turn?: Turn): Promise<ReadReply<{ eventSourceArn?: string }>>;
  listAccounts(at: SourceRef, signal: AbortSignal, turn?: Turn): Promise<ReadReply<readonly SourceAccount[]>>;
  close(): void;
}
