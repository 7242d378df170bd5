import type { ReplayId } from './ids.ts';
import type { NewJob } from './job.ts';
import type { SetFilter } from './listing.ts';
import type { Onboarding } from './onboarding.ts';
import type { AttemptOutcomeKind } from './outcome-kind.ts';

export const REPLAY_STATUSES = ['running', 'completed', 'cancelled'] as const;

export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

/** Which failed onboardings a replay is for; at least one member is given. */
export interface ReplayFilter extends Omit<
  SetFilter,
  'status' | 'connection' | 'awsState' | 'expiringBefore'
> {
  /** Only failed ones are replayed by a filter, said or unsaid. */
  readonly status?: 'failed';
}

/** Error codes in one filter. */
export const ERROR_CODES_MAX = 50;
export const REPLAY_IDS_MAX = 10_000;
export const REPLAY_RATE_MAX = 10_000;

/** How many of a filter's ids are kept with the replay: its members are stored anyway, and each list shows the filter. */
const IDS_KEPT = 100;

/** A filter as it is kept and shown. */
export function keptFilter({ ids, ...filter }: ReplayFilter): ReplayFilter {
  return ids === undefined ? filter : { ...filter, ids: ids.slice(0, IDS_KEPT) };
}

/** What an operator asks for. */
export interface ReplayRequest {
  readonly filter: ReplayFilter;
  /** True: the same checks and the same counts, nothing written. */
  readonly dryRun: boolean;
  /** Onboardings a second that go into the queue, 1 to {@link REPLAY_RATE_MAX}; null: as fast as it takes them. */
  readonly ratePerSecond: number | null;
  readonly reason: string;
}

export interface NewReplay extends Omit<ReplayRequest, 'dryRun'> {
  readonly id: ReplayId;
  readonly actor: string;
  readonly createdAt: string;
}

/** What a replay would be of. */
export interface ReplayPreview {
  readonly matched: number;
  /** Most frequent first. `kind`: the most frequent one with this code. */
  readonly byErrorCode: readonly { errorCode: string; kind: AttemptOutcomeKind; count: number }[];
  /** `paused`: what is replayed there waits until the Region is resumed. */
  readonly byRegion: readonly { region: string; count: number; paused: boolean }[];
  /** The newest few. */
  readonly sample: readonly Onboarding[];
}

/** One replay of many onboardings. Its set is fixed when it is made; the counts only grow. */
export interface Replay {
  readonly id: ReplayId;
  /** `completed`: all that were queued have ended again. `cancelled`: what was not queued by then stays failed. */
  readonly status: ReplayStatus;
  readonly reason: string;
  readonly actor: string;
  readonly filter: ReplayFilter;
  readonly ratePerSecond: number | null;
  /** The size of the set. */
  readonly matched: number;
  /** Put into the queue so far, also those that have ended again. */
  readonly queued: number;
  /** Not replayed when their turn came: no longer failed, replayed by another operator, or of a draining Region. */
  readonly skipped: number;
  /** Of the queued ones, how they ended first; one whose onboarding was deleted counts as cancelled. */
  readonly provisioned: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Not put into the queue yet; after a cancel, those that never are. */
  readonly waiting: number;
  /** Regions of the set that are paused now, in which it makes no progress; empty once it has ended. */
  readonly pausedRegions: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
}

export type ReplayCancel =
  { readonly kind: 'cancelled' | 'ended'; readonly replay: Replay } | { readonly kind: 'notFound' };

/** A batch of members that was moved to `queued`, perhaps by an earlier call. */
export interface MovedBatch {
  /** How many had their turn in this call. */
  readonly taken: number;
  /** How many are moved and not reported as queued. */
  readonly moving: number;
  /** Their jobs; those whose onboarding was deleted since have none. */
  readonly jobs: readonly NewJob[];
}

/** How a walk over queued members, which are numbered from 1, came along. */
export interface ReplaySettled {
  /** Members that were looked at, and those of them that had ended. */
  readonly looked: number;
  readonly settled: number;
  /** The number of the member up to which it came, and whether that is the last one in the queue. */
  readonly through: number;
  readonly isEnd: boolean;
  /** The replay, if there is nothing left to do for it from now on. */
  readonly over: Replay | undefined;
}
