import type { OnboardingId } from './ids.ts';
import type { AttemptOutcome } from './outcome.ts';

export const CIRCUIT_STATES = ['closed', 'open', 'halfOpen'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/**
 * The circuit of one Region: when every call there is bound to fail, calling stops, and one onboarding at a time
 * probes whether it still is. Pure: the memory is kept by an adapter and shared by all workers, `now` is in
 * milliseconds by the clock of its store.
 */
export interface CircuitMemory {
  /** `open`: nothing is called. `halfOpen`: one onboarding at a time is. */
  readonly state: CircuitState;
  /** Counted up at every opening: a call that began before it says nothing about the time after. */
  readonly openings: number;
  /** Why it opened: an AWS error name or one of ours; null while closed, as are the next two. */
  readonly code: string | null;
  readonly since: number | null;
  /** When the next onboarding may try; null while one does. */
  readonly nextProbeAt: number | null;
  /** Probes that have failed since it opened. */
  readonly failedProbes: number;
  /** The onboardings of the operator faults in a row, each once. */
  readonly operatorFaults: readonly OnboardingId[];
  /** Faults of the way to AWS, or of AWS itself, since the last success. */
  readonly unreachable: {
    readonly since: number;
    readonly lastAt: number;
    readonly count: number;
    readonly onboardings: readonly OnboardingId[];
  } | null;
  /** When an onboarding was last provisioned there. */
  readonly lastSuccessAt: number | null;
  readonly lastClosedAt: number | null;
  /** When it closed the time before that. */
  readonly closedBeforeAt: number | null;
  /** AWS said that the Region is switched off, and no create or look has succeeded there since. Stops nothing. */
  readonly off: { readonly code: string; readonly since: number } | null;
}

export const CLOSED: CircuitMemory = {
  state: 'closed',
  openings: 0,
  code: null,
  since: null,
  nextProbeAt: null,
  failedProbes: 0,
  operatorFaults: [],
  unreachable: null,
  lastSuccessAt: null,
  lastClosedAt: null,
  closedBeforeAt: null,
  off: null,
};

/**
 * What a call's outcome says about its Region. `neutral`: AWS was there, and would not be asked. `seen`: it answered a look,
 * which says nothing of creates.
 */
export type Sign = 'success' | 'answer' | 'operatorFault' | 'unreachable' | 'neutral' | 'seen';

/** What a call came to: an attempt's outcome, or a look at a source that AWS answered. */
export type CallOutcome = AttemptOutcome | { readonly kind: 'seen' };

/** The code of a fault that needs no second: nothing can be called without credentials. */
const NO_CREDENTIALS = 'CredentialsUnavailable';

const OPERATOR_FAULTS_IN_A_ROW = 3;
const UNREACHABLE_FOR_MS = 60_000;
const UNREACHABLE_FAULTS = 20;
const UNREACHABLE_ONBOARDINGS = 5;
/** Faults that lie further apart than this belong to different outages. */
const UNREACHABLE_GAP_MS = 300_000;

const FIRST_PROBE_MS = 1_000;
const PROBE_CAP_MS = 30_000;

/**
 * Throttling shows neither that the credentials are good nor that a create would work; every other refusal by name
 * shows both. Of the transient faults only ConcurrentModificationException is an answer of a working EventBridge.
 */
export function signOf(outcome: CallOutcome): Sign {
  switch (outcome.kind) {
    case 'created':
    case 'adopted':
      return 'success';
    case 'conflict':
    case 'unsettled':
    case 'quota':
    case 'regionOff':
    case 'rejected':
      return 'answer';
    case 'seen':
      return 'seen';
    case 'throttled':
      return 'neutral';
    case 'operatorFault':
      return 'operatorFault';
    case 'transient':
      return outcome.code.startsWith('ConcurrentModification') ? 'answer' : 'unreachable';
  }
}

/** One finished round, as the circuit hears of it. */
export interface CircuitReport {
  readonly outcome: CallOutcome;
  readonly onboardingId: OnboardingId;
  /** `openings` when the round began, as far as its process knew. */
  readonly openings: number;
  /** Whether its fault is the onboarding's own: it says nothing about the Region then. */
  readonly isOwn?: (memory: CircuitMemory) => boolean;
}

/** The memory after a round. */
export function afterRound(memory: CircuitMemory, report: CircuitReport, now: number): CircuitMemory {
  const noted = noteRegion(memory, report, now);
  if (noted.state === 'closed') return countFault(noted, report, now);
  if (report.openings < noted.openings) return noted;
  switch (signOf(report.outcome)) {
    case 'success':
    case 'answer':
      return close(noted, now);
    case 'operatorFault':
    case 'unreachable':
      return failProbe(noted, report, now);
    case 'neutral':
    case 'seen':
      return noted;
  }
}

/** Lets one onboarding probe, once its time has come. */
export function whenProbeIsDue(memory: CircuitMemory, now: number): CircuitMemory {
  if (memory.state !== 'open' || memory.nextProbeAt === null || now < memory.nextProbeAt) return memory;
  return { ...memory, state: 'halfOpen', nextProbeAt: null };
}

/** How long after the n-th failed probe (n ≥ 0) the next one comes: 1 s, doubling, at most 30 s. */
export function probeDelayMs(failedProbes: number): number {
  return Math.min(PROBE_CAP_MS, FIRST_PROBE_MS * 2 ** Math.min(failedProbes, 10));
}

/** What holds in every state: the last success, and whether AWS has switched the Region off. */
function noteRegion(memory: CircuitMemory, { outcome }: CircuitReport, now: number): CircuitMemory {
  const sign = signOf(outcome);
  if (sign === 'success') return { ...memory, lastSuccessAt: now, off: null };
  if (sign === 'seen') return { ...memory, off: null };
  if (outcome.kind !== 'regionOff') return memory;
  return { ...memory, off: { code: outcome.code, since: memory.off?.since ?? now } };
}

function countFault(
  memory: CircuitMemory,
  { onboardingId, outcome, isOwn }: CircuitReport,
  now: number,
): CircuitMemory {
  switch (signOf(outcome)) {
    case 'success':
      return { ...memory, operatorFaults: [], unreachable: null };
    case 'answer':
      return { ...memory, operatorFaults: [] };
    case 'neutral':
      return memory;
    case 'seen':
      return { ...memory, unreachable: null };
    case 'operatorFault': {
      if (isOwn?.(memory) === true) return memory;
      const operatorFaults = withOne(memory.operatorFaults, onboardingId, OPERATOR_FAULTS_IN_A_ROW);
      const counted = { ...memory, operatorFaults };
      const isEnough =
        operatorFaults.length >= OPERATOR_FAULTS_IN_A_ROW || codeOf(outcome) === NO_CREDENTIALS;
      return isEnough ? open(counted, codeOf(outcome), now) : counted;
    }
    case 'unreachable': {
      const unreachable = oneMore(memory.unreachable, onboardingId, now);
      const counted = { ...memory, operatorFaults: [], unreachable };
      const isEnough =
        now - unreachable.since >= UNREACHABLE_FOR_MS &&
        unreachable.count >= UNREACHABLE_FAULTS &&
        unreachable.onboardings.length >= UNREACHABLE_ONBOARDINGS;
      return isEnough ? open(counted, codeOf(outcome), now) : counted;
    }
  }
}

function oneMore(
  before: CircuitMemory['unreachable'],
  id: OnboardingId,
  now: number,
): NonNullable<CircuitMemory['unreachable']> {
  const goesOn = before !== null && now - before.lastAt <= UNREACHABLE_GAP_MS;
  const { since, count, onboardings } = goesOn ? before : { since: now, count: 0, onboardings: [] };
  return {
    since,
    lastAt: now,
    count: count + 1,
    onboardings: withOne(onboardings, id, UNREACHABLE_ONBOARDINGS),
  };
}

function open(memory: CircuitMemory, code: string, now: number): CircuitMemory {
  return {
    ...memory,
    state: 'open',
    openings: memory.openings + 1,
    code,
    since: now,
    nextProbeAt: now + probeDelayMs(0),
    failedProbes: 0,
  };
}

/** A late fault of a second probe, after the first has opened the circuit again, changes nothing. */
function failProbe(memory: CircuitMemory, { outcome }: CircuitReport, now: number): CircuitMemory {
  if (memory.state === 'open') return memory;
  const failedProbes = memory.failedProbes + 1;
  return {
    ...memory,
    state: 'open',
    code: codeOf(outcome),
    failedProbes,
    nextProbeAt: now + probeDelayMs(failedProbes),
  };
}

function close(memory: CircuitMemory, now: number): CircuitMemory {
  const { openings, lastSuccessAt, off, lastClosedAt: closedBeforeAt } = memory;
  return { ...CLOSED, openings, lastSuccessAt, off, lastClosedAt: now, closedBeforeAt };
}

function withOne(ids: readonly OnboardingId[], id: OnboardingId, max: number): readonly OnboardingId[] {
  return ids.includes(id) || ids.length >= max ? ids : [...ids, id];
}

const codeOf = (outcome: CallOutcome): string => ('code' in outcome ? outcome.code : outcome.kind);
