/**
 * All doors to the outside, types only. A use case asks only for the slice it uses. Every port has one
 * contract suite in test/contract that each implementation must pass.
 */
import type { AccountId } from './domain/account.ts';
import type { ProvisioningError } from './domain/codec.ts';
import type { ImportId, OnboardingId } from './domain/ids.ts';
import type { Attempt, Lane, Onboarding, OnboardingRequest, Status } from './domain/onboarding.ts';
import type { Fault, HeldSource, SourceAccount } from './domain/outcome.ts';
import type { Region } from './domain/region.ts';
import type { SourceName } from './domain/source-name.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Field names live in src/runtime/log-fields.ts; no secret, token or payload is ever a field. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

// ── Ledger: the SQL system of record ────────────────────────────────────────────────────────────────────

export type NewOnboarding = OnboardingRequest & { readonly id: OnboardingId; readonly createdAt: string };

/** `accepted`: a new row. `existing`: the same (region, sourceName, account). `taken`: another account has the name. */
export type Acceptance =
  | { readonly kind: 'accepted' | 'existing'; readonly onboarding: Onboarding; readonly lifted: boolean }
  | { readonly kind: 'taken'; readonly onboarding: Onboarding };

/** What a job run needs to know beside the onboarding itself. */
export interface RunContext {
  readonly onboarding: Onboarding;
  /** Rounds spent in this replay. */
  readonly rounds: number;
  /** How many rounds in a row ended with `onboarding.error.kind`. */
  readonly streak: number;
  /** Milliseconds since 1970 of the first create call of this replay; null before it. */
  readonly firstCallAt: number | null;
}

export type NewAttempt = Omit<Attempt, 'number' | 'replay'>;

/** The result of one job run. Committed as a whole, fenced by (id, replays, allowed previous statuses). */
export interface RoundWrite {
  readonly id: OnboardingId;
  readonly replays: number;
  readonly at: string;
  readonly attempts: readonly NewAttempt[];
  readonly result:
    | { readonly kind: 'provisioned'; readonly outcome: 'created' | 'adopted'; readonly source: HeldSource }
    | {
        readonly kind: 'retrying';
        readonly error: ProvisioningError;
        readonly nextAttemptAt: string;
        readonly rounds: number;
        readonly streak: number;
      }
    | {
        readonly kind: 'failed';
        readonly error: ProvisioningError;
        readonly rounds: number;
        readonly streak: number;
      }
    /** The run was cut by a stop: only the attempts made so far are kept, nothing is spent. */
    | { readonly kind: 'interrupted' };
}

/** `late`: saved as provisioned although the replay had failed. `fenced`: only the attempts were kept. */
export type RoundSaved = 'saved' | 'late' | 'fenced';

export interface OnboardingFilter {
  readonly status?: Status;
  readonly region?: string;
  readonly account?: string;
  readonly customerId?: string;
  readonly errorCode?: string;
  /** Case-insensitive substring of source name, customerId, account and metadata values. */
  readonly q?: string;
  /** Inclusive ISO 8601 bounds on createdAt. */
  readonly from?: string;
  readonly to?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A row whose job may have been lost. */
export interface OpenOnboarding {
  readonly id: OnboardingId;
  readonly region: Region;
  readonly lane: Lane;
  readonly replays: number;
  readonly status: Status;
  readonly nextAttemptAt: string | null;
}

export type ReplayWrite =
  | { readonly kind: 'queued'; readonly onboarding: Onboarding }
  | { readonly kind: 'refused'; readonly status: Status }
  | { readonly kind: 'notFound' };

export interface LedgerCounts {
  readonly byStatus: Readonly<Record<Status, number>>;
  readonly byLane: Readonly<Record<Lane, number>>;
  readonly byRegion: readonly { region: string; byStatus: Readonly<Record<Status, number>> }[];
  readonly byErrorCode: readonly { errorCode: string; count: number }[];
}

export interface RowIssue {
  readonly row: number;
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export interface ImportReport {
  readonly id: ImportId;
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly ignoredColumns: readonly string[];
  readonly createdAt: string;
}

export interface Ledger {
  /** In the order of the requests; one statement for all of them. */
  accept(requests: readonly NewOnboarding[]): Promise<readonly Acceptance[]>;
  /** accepted → queued; rows that moved on meanwhile are left alone. */
  markQueued(refs: readonly { id: OnboardingId; replays: number }[], at: string): Promise<void>;
  get(id: OnboardingId): Promise<Onboarding | undefined>;
  getMany(ids: readonly OnboardingId[]): Promise<readonly Onboarding[]>;
  loadRun(id: OnboardingId): Promise<RunContext | undefined>;
  saveRound(write: RoundWrite): Promise<RoundSaved>;
  /** Newest first. An unreadable cursor throws {@link InvalidCursorError} from src/ledger. */
  list(filter: OnboardingFilter, page: { limit: number; cursor?: string }): Promise<Page<Onboarding>>;
  attempts(id: OnboardingId): Promise<readonly Attempt[]>;
  /** failed|provisioned → queued with a full budget; `from` is the status that the caller judged. */
  replay(
    id: OnboardingId,
    request: { from: Status; actor: string; reason: string; at: string },
  ): Promise<ReplayWrite>;
  /** Records that AWS no longer (or still) holds the source as the ledger says. */
  saveAwsState(
    id: OnboardingId,
    state: { awsState: Onboarding['awsState']; expiresAt: string | null },
  ): Promise<void>;
  counts(): Promise<LedgerCounts>;
  /** Open rows not touched since `untouchedSince`, live lane first, by keyset. */
  openBatch(query: {
    statuses: readonly Status[];
    untouchedSince: string;
    limit: number;
    after?: OpenOnboarding;
  }): Promise<readonly OpenOnboarding[]>;
  saveImport(report: ImportReport, errors: readonly RowIssue[]): Promise<void>;
  getImport(id: ImportId): Promise<{ report: ImportReport; errors: readonly RowIssue[] } | undefined>;
  /** Stands for this ledger's queue content; a Redis that holds another value, or none, has lost jobs. */
  readonly epoch: string;
  ping(): Promise<void>;
  close(): Promise<void>;
}

// ── JobQueue: the carrier. Redis may be lost whole without losing an onboarding ─────────────────────────

export interface JobRef {
  readonly onboardingId: OnboardingId;
  readonly replays: number;
  readonly region: Region;
}

export type NewJob = JobRef & { readonly lane: Lane; readonly delayMs?: number };

/** `finished`: completed or failed, still kept: an add with its id would be dropped silently. */
export type JobPresence = 'waiting' | 'delayed' | 'active' | 'finished' | 'absent';

/** A handler's return value is the protocol between a job run and the queue. */
export type JobVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry' | 'snooze'; readonly delayMs: number; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'putBack' };

export interface JobRun extends JobRef {
  readonly jobId: string;
  readonly waitedMs: number;
}

export type JobHandler = (run: JobRun, signal: AbortSignal) => Promise<JobVerdict>;

export interface JobConsumer {
  /** Takes no new job, lets active ones end, aborts the rest before `deadlineMs` and puts them back. */
  stop(deadlineMs: number): Promise<void>;
}

export interface RegionQueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly oldestWaitingMs: number | null;
  readonly paused: boolean;
}

export interface JobQueue {
  /** Fails fast with {@link QueueUnavailableError} from src/queue while Redis is down. Known ids are dropped. */
  add(jobs: readonly NewJob[]): Promise<void>;
  /** Removes what is kept of a finished job first, so that the add takes effect. */
  addAnew(job: NewJob): Promise<void>;
  presence(refs: readonly JobRef[]): Promise<readonly JobPresence[]>;
  /** Moves a waiting bulk job to the live lane; nothing happens when it no longer waits. */
  lift(ref: JobRef): Promise<void>;
  counts(region: Region): Promise<RegionQueueCounts>;
  consume(region: Region, handler: JobHandler): JobConsumer;
  readEpoch(): Promise<string | null>;
  writeEpoch(epoch: string): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** One slot of the Region's shared quota per AWS call, by Redis' clock, for all workers. */
export interface RateGate {
  /** Resolves when the call may go out; rejects with the signal's reason when that aborts first. */
  take(region: Region, signal: AbortSignal): Promise<void>;
}

// ── PartnerGateway: Amazon EventBridge's partner API ────────────────────────────────────────────────────

interface Reply {
  readonly requestId?: string;
  readonly durationMs: number;
}

export type CreateReply = Reply &
  (
    | { readonly kind: 'created'; readonly eventSourceArn?: string }
    | { readonly kind: 'alreadyExists'; readonly code: string; readonly message: string }
    | { readonly kind: 'fault'; readonly fault: Fault }
  );

export type ReadReply<T> = Reply &
  (
    | { readonly kind: 'found'; readonly value: T }
    | { readonly kind: 'notFound' }
    | { readonly kind: 'fault'; readonly fault: Fault }
  );

export interface SourceRef {
  readonly region: Region;
  readonly sourceName: SourceName;
}

/** Each method is exactly one AWS call (a list: one per page). An aborted signal rejects with its reason. */
export interface PartnerGateway {
  create(source: SourceRef & { account: AccountId }, signal: AbortSignal): Promise<CreateReply>;
  describe(source: SourceRef, signal: AbortSignal): Promise<ReadReply<{ eventSourceArn?: string }>>;
  listAccounts(source: SourceRef, signal: AbortSignal): Promise<ReadReply<readonly SourceAccount[]>>;
  close(): void;
}
