/**
 * What the service takes and answers, where it is not a type of the domain as it stands. Instants are ISO 8601 in UTC;
 * bounds are inclusive.
 */
import type { Advice } from '../domain/advice-topic.ts';
import type { CircuitState } from '../domain/circuit.ts';
import type * as delivery from '../domain/delivery.ts';
import type * as figures from '../domain/figures.ts';
import type { Finding } from '../domain/finding.ts';
import type { ImportReport, RowIssue } from '../domain/import-report.ts';
import type { LedgerCounts } from '../domain/listing.ts';
import type { Lane, Onboarding, Status } from '../domain/onboarding.ts';
import type * as replay from '../domain/replay.ts';

export type { AuditEntry, AuditFilter } from '../domain/audit.ts';
export type { DeliveryFilter as DeliveriesFilter } from '../domain/delivery.ts';
export type { FailureFilter as FailuresFilter } from '../domain/figures.ts';
export type { OnboardingFilter as ListFilter } from '../domain/listing.ts';
export type { Replay } from '../domain/replay.ts';

interface RequestFields {
  /** Twelve digits as text: leading zeros are real. */
  readonly account: string;
  readonly region: string;
  readonly customerId?: string;
  readonly lane?: Lane;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly callbackUrl?: string;
}

/** What to onboard: the name in two parts below the partner's prefix, or whole. */
export type OnboardRequest = RequestFields &
  (
    | { readonly eventNamespace: string; readonly eventName: string; readonly sourceName?: never }
    | { readonly sourceName: string; readonly eventNamespace?: never; readonly eventName?: never }
  );

/** What a dry run of `enqueue` found: the status that the call would have had, and the onboarding that is there. */
export interface EnqueueTrial {
  readonly dryRun: true;
  readonly status: 200 | 202;
  readonly onboarding: Onboarding | null;
}

/** The result of an import. A dry run's id is not kept; it tells how the file was read. */
export type ImportAnswer = Omit<ImportReport, 'id' | 'createdAt'> & {
  readonly id?: ImportReport['id'] | null;
  readonly errors: readonly RowIssue[];
  readonly errorsTruncated: boolean;
  /** The first rows as they would be submitted. */
  readonly sample?: readonly unknown[];
  readonly layout?: {
    readonly delimiter: string;
    readonly columns: readonly string[];
    /** The column that fills each field. */
    readonly map: Readonly<Record<string, string>>;
    readonly default: Readonly<Record<string, string>>;
    readonly eventNamespace: string | null;
    readonly eventName: string | null;
  };
};

/** Which failed onboardings are meant; all that is given must hold, and something must be given. */
export type ReplayFilter = Omit<replay.ReplayFilter, 'ids'> & { readonly ids?: readonly string[] };

export interface ReplayRequest {
  readonly filter: ReplayFilter;
  /** Kept in the audit with the token's name. */
  readonly reason: string;
  /** How many are put into the queue per second; left out: as fast as the Regions take them. */
  readonly ratePerSecond?: number;
}

/** What a dry run found: nothing was changed, and what fails or is replayed meanwhile changes the count. */
export type ReplayPreview = Omit<replay.ReplayPreview, 'byErrorCode'> & {
  readonly byErrorCode: readonly {
    readonly errorCode: string;
    readonly count: number;
    readonly advice: Advice;
  }[];
};

/** The failed onboardings that have one error code. */
export type FailureGroup = Omit<figures.FailureGroup, 'hours'> & {
  /** How many failed in the last hour, in the one before, and in each of 24 hours, oldest first. */
  readonly trend: {
    readonly lastHour: number;
    readonly hourBefore: number;
    readonly hours: readonly number[];
  };
  readonly advice: Advice;
};

export interface FiguresFilter {
  readonly window?: figures.FigureWindow;
  readonly region?: string;
}

/** What happened in a window, step by step, oldest first. */
export interface Figures extends figures.FigureSpan, Pick<figures.Figures, 'byErrorCode'> {
  readonly window: figures.FigureWindow;
  readonly points: readonly figures.FigurePoint[];
}

/** What the service found when it looked at all that it stands on. */
export interface DoctorAnswer {
  readonly version: string;
  /** The service’s clock. */
  readonly at: string;
  readonly findings: readonly Finding[];
}

/** A webhook delivery with every attempt. `error`: `Http<status>`, or why there was no answer. */
export type DeliveryAnswer = Omit<delivery.Delivery, 'attempts' | 'errorCode'> & {
  readonly error: string | null;
  readonly attempts: readonly (Omit<delivery.DeliveryAttempt, 'errorCode'> & {
    readonly error: string | null;
  })[];
};

/** The webhook deliveries that waited, and those of them that were due already. */
export type DeliveryBacklog = Pick<delivery.DeliveryBacklog, 'waiting' | 'due'>;

/** What an operator did to a Region. */
interface RegionHold {
  readonly reason: string;
  readonly actor: string;
  readonly since: string;
}

/** Whether a Region's onboardings run. `circuit` is null while Redis does not answer. */
export interface RegionState {
  readonly region: string;
  readonly circuit: {
    readonly state: CircuitState;
    readonly reason: string | null;
    readonly since: string | null;
    readonly nextProbeAt: string | null;
  } | null;
  readonly paused: boolean;
  readonly pause: RegionHold | null;
  /** `remaining` jobs are in the queue; null while Redis does not answer or is being filled again. */
  readonly draining: (RegionHold & { readonly remaining: number | null }) | null;
  /** It is being drained, and its queue is empty. */
  readonly drained: boolean;
  /** Its looks at sources are stopped, since too many were missing at once. */
  readonly checksHeld: { readonly since: string; readonly lost: number } | null;
  readonly off: { readonly reason: string; readonly since: string } | null;
}

/** A figure is null while Redis does not answer. */
export interface RegionStats extends RegionState {
  readonly waiting: number | null;
  readonly active: number | null;
  readonly delayed: number | null;
  readonly oldestWaitingMs: number | null;
  readonly quota: {
    readonly perSecond: number;
    readonly presentPerSecond: number | null;
    readonly foundPerSecond: number | null;
  };
}

export interface Stats extends Pick<LedgerCounts, 'byStatus' | 'byLane' | 'byConnection'> {
  readonly byRegion: Readonly<Record<string, LedgerCounts['byStatus']>>;
  readonly byErrorCode: Readonly<Record<string, number>>;
  /** `scanned`: without an index for `q`, so that a page of a search may end early. */
  readonly search: 'indexed' | 'scanned';
  readonly regions: readonly RegionStats[];
}

export interface Readiness {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
}

const ENDED: readonly Status[] = ['provisioned', 'failed', 'cancelled'];

/** True once the machine has nothing more to do for it. */
export const hasEnded = (onboarding: Pick<Onboarding, 'status'>): boolean =>
  ENDED.includes(onboarding.status);
