import type { ImportReport, RowIssue } from '../domain/import-report.ts';
import type { OnboardingFilter } from '../domain/listing.ts';
import type { Lane, Onboarding, Status } from '../domain/onboarding.ts';

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

export type ListFilter = OnboardingFilter;

/** The result of an import. A dry run has no id, since nothing was kept. */
export type ImportAnswer = Omit<ImportReport, 'id' | 'createdAt'> & {
  readonly id?: ImportReport['id'] | null;
  readonly errors: readonly RowIssue[];
  readonly errorsTruncated: boolean;
};

/** Whether a Region's onboardings run. `circuit` is null while Redis does not answer. */
export interface RegionState {
  readonly region: string;
  readonly circuit: {
    readonly state: 'closed' | 'open' | 'halfOpen';
    readonly reason: string | null;
    readonly since: string | null;
    readonly nextProbeAt: string | null;
  } | null;
  readonly paused: boolean;
  readonly pause: { readonly reason: string; readonly actor: string; readonly since: string } | null;
  /** `remaining` jobs are in the queue; null while Redis does not answer or is being filled again. */
  readonly draining: {
    readonly reason: string;
    readonly actor: string;
    readonly since: string;
    readonly remaining: number | null;
  } | null;
  /** It is being drained, and its queue is empty. */
  readonly drained: boolean;
  readonly off: { readonly reason: string; readonly since: string } | null;
}

/** A figure is null while Redis does not answer. */
export interface RegionStats extends RegionState {
  readonly waiting: number | null;
  readonly active: number | null;
  readonly delayed: number | null;
  readonly oldestWaitingMs: number | null;
  readonly quota: { readonly perSecond: number };
}

export interface Stats {
  readonly byStatus: Readonly<Record<Status, number>>;
  readonly byLane: Readonly<Record<Lane, number>>;
  readonly byRegion: Readonly<Record<string, Readonly<Record<Status, number>>>>;
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
