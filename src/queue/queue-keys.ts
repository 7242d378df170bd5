import type { Lane } from '../domain/onboarding.ts';
import type { Region } from '../domain/region.ts';

/**
 * The prefix of everything that one service keeps in Redis. The ledger's id is in it, so that two ledgers never share
 * a queue. The braces are a Cluster hash tag: they keep all keys in one slot, which BullMQ's scripts need.
 */
export function queuePrefix(redisPrefix: string, ledgerId: string): string {
  return `{${redisPrefix}:${ledgerId}}`;
}

/** The prefix of what belongs to one Region, a hash tag of its own: in a Cluster, Regions spread over the nodes. */
export function regionPrefix(prefix: string, region: Region): string {
  return prefix.replace(/\}$/, `:${region}}`);
}

/** The queue that others add to; its name, its prefix and its payload are documented for them. */
export const INTAKE_QUEUE = 'onboarding-intake';

/** Without the ledger's id, which no producer can know: a claim tells which ledger the queue belongs to. */
export function intakePrefix(redisPrefix: string): string {
  return `{${redisPrefix}}`;
}

/** Holds the id of the ledger that the intake queue belongs to. */
export function intakeClaimKey(redisPrefix: string): string {
  return `${intakePrefix(redisPrefix)}:${INTAKE_QUEUE}-ledger`;
}

/** Lives while a process runs the part. */
export function partKey(prefix: string, part: string): string {
  return `${prefix}:part:${part}`;
}

/** Lives while the ledger is known to be away, and for a moment after. */
export function outageNoteKey(prefix: string): string {
  return `${prefix}:ledger-away`;
}

export function queueName(region: Region, lane: Lane): string {
  return `onboarding-${region}-${lane}`;
}

/** A key of one Region's, by what it holds. */
export function regionKey(prefix: string, region: Region, holds: RegionHolding): string {
  return `${regionPrefix(prefix, region)}:${holds}`;
}

type RegionHolding =
  | 'circuit'
  | 'epoch'
  /** Written to see that Redis accepts writes. */
  | 'health'
  /** The jobs of a lane that wait for the Region to be let go, by when they were put aside. */
  | `held:${Lane}`
  /** Which run of a job may call AWS, or that none may: see call-permits.ts. */
  | `permit:${string}`
  /** The run that probes a Region whose circuit is half open. */
  | 'probe'
  | 'rate'
  /** The share of it that looks at sources may take. */
  | 'check-rate';
