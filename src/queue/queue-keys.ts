import type { Lane } from '../domain/onboarding.ts';
import type { Region } from '../domain/region.ts';

/**
 * The prefix of everything that one service keeps in Redis. The braces are a Cluster hash tag: they keep all keys
 * in one slot, which BullMQ's scripts need. The ledger's id is in it, so that two ledgers never share a queue.
 */
export function queuePrefix(redisPrefix: string, ledgerId: string): string {
  return `{${redisPrefix}:${ledgerId}}`;
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

export function queueName(region: Region): string {
  return `onboarding-${region}`;
}

/** The one queue of notifications. */
export const DELIVERIES_QUEUE = 'deliveries';

export function epochKey(prefix: string): string {
  return `${prefix}:epoch`;
}

export function rateKey(prefix: string, region: Region): string {
  return `${prefix}:rate:${region}`;
}

export function circuitKey(prefix: string, region: Region): string {
  return `${prefix}:circuit:${region}`;
}

/** The jobs that wait for the Region to be let go, by when they were put aside. */
export function heldKey(prefix: string, region: Region): string {
  return `${prefix}:held:${region}`;
}

/**
 * Lower runs first. Both lanes carry one: in BullMQ a job *without* a priority beats priority 1, so live jobs
 * would wait behind every unprioritised bulk job.
 */
export const PRIORITY: Readonly<Record<Lane, number>> = { live: 1, bulk: 10 };

/** BullMQ 6 scores its `prioritized` set by priority · 2^32 + a counter, so each lane is a range of scores. */
export function firstScoreOf(lane: Lane): number {
  return PRIORITY[lane] * 2 ** 32;
}
