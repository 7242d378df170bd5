import type { LossDecision } from './check.ts';
import type { Delivery } from './delivery.ts';
import type { ImportReport } from './import-report.ts';
import type { Onboarding } from './onboarding.ts';
import type { Replay } from './replay.ts';

/** The part of an onboarding that an operator's action can change. */
export type AuditedOnboarding = Pick<
  Onboarding,
  | 'status'
  | 'replays'
  | 'outcome'
  | 'eventSourceArn'
  | 'arnOrigin'
  | 'awsState'
  | 'expiresAt'
  | 'error'
  | 'completedAt'
>;

export interface AuditedRegion {
  readonly paused: boolean;
  readonly draining: boolean;
}

/** Sources of a Region that were not found when its looks stopped, and whether they still are. */
interface AuditedLosses {
  readonly held: boolean;
  readonly lost: number;
}

type AuditedDelivery = Pick<Delivery, 'status' | 'errorCode' | 'attempts' | 'replays'>;

interface AuditedBacklog {
  readonly waiting: number;
  readonly due: number;
}

type AuditedImport = Pick<ImportReport, 'rows' | 'accepted' | 'duplicates' | 'rejected'>;

/** A replay of many: its fixed set when it starts, and how far it had come when it was cancelled. */
export type AuditedBulkReplay = Pick<
  Replay,
  'status' | 'filter' | 'ratePerSecond' | 'matched' | 'queued' | 'skipped' | 'waiting'
>;

interface AuditedLogin {
  readonly role: string;
}

/** Null: there was nothing before, or there is nothing after. */
interface Change<Before, After = Before> {
  readonly before: Before;
  readonly after: After;
}

/** What operators do, each with what it changes: never a token, and nothing of what a caller put into metadata. */
interface AuditedChanges {
  replay: Change<AuditedOnboarding>;
  cancel: Change<AuditedOnboarding>;
  pause: Change<AuditedRegion>;
  resume: Change<AuditedRegion>;
  drain: Change<AuditedRegion>;
  losses: Change<AuditedLosses, AuditedLosses & { readonly decision: LossDecision }>;
  renew: Change<AuditedOnboarding>;
  replayDelivery: Change<AuditedDelivery>;
  sendDeliveries: Change<AuditedBacklog>;
  testDelivery: Change<null, AuditedDelivery>;
  import: Change<null, AuditedImport>;
  startReplay: Change<null, AuditedBulkReplay>;
  cancelReplay: Change<AuditedBulkReplay>;
  login: Change<null, AuditedLogin>;
  logout: Change<AuditedLogin, null>;
}

export type AuditAction = keyof AuditedChanges;

const LISTED: Readonly<Record<AuditAction, true>> = {
  replay: true,
  cancel: true,
  pause: true,
  resume: true,
  drain: true,
  losses: true,
  renew: true,
  replayDelivery: true,
  sendDeliveries: true,
  testDelivery: true,
  import: true,
  startReplay: true,
  cancelReplay: true,
  login: true,
  logout: true,
};

export const AUDIT_ACTIONS = Object.keys(LISTED) as [AuditAction, ...AuditAction[]];

/** Who did what to what. */
interface AuditDeed {
  readonly at: string;
  /** The name of the token. */
  readonly actor: string;
  /** What it was done to: an id, or a Region. */
  readonly subject: string;
  /** In the actor's words; null where none is asked for (an import, a login). */
  readonly reason: string | null;
}

type Audited<Action extends AuditAction> = {
  readonly [A in Action]: AuditDeed & { readonly action: A } & AuditedChanges[A];
}[Action];

/** An entry before it has a number. */
export type NewAuditEntry = Audited<AuditAction>;

/** An entry of the audit log. `id` is unique, and says nothing of the order in which entries were committed. */
export type AuditEntry = NewAuditEntry & { readonly id: number };

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: AuditAction;
  readonly subject?: string;
  /** Only the members of this bulk replay. */
  readonly replayId?: string;
  /** Without the members of bulk replays: `startReplay` stands for them. */
  readonly folded?: boolean;
  /** Inclusive ISO 8601 bounds on `at`. */
  readonly from?: string;
  readonly to?: string;
}
