import { awsError, createFaultAnswer, isBreakage, type Answer } from './answer.ts';
import { fullBucket, takeToken, type Bucket, type Quota } from './token-bucket.ts';

/** Stands for every Region that has no setting of its own. */
export const EVERY_REGION = '*';

export type Settings = ReturnType<typeof createSettings>;

/**
 * What `/__sandbox/…` can set: broken Regions, quotas and latency. Kept in memory: a restarted sandbox is a
 * healthy one, with the books it had.
 */
export function createSettings(sources: { now: () => number; random: () => number }) {
  const modes = new Map<string, string>();
  const quotas = new Map<string, Quota>();
  const buckets = new Map<string, Bucket>();
  let latency = { ms: 0, jitterMs: 0 };

  const withinQuota = (region: string): boolean => {
    const quota = quotas.get(region) ?? quotas.get(EVERY_REGION);
    if (quota === undefined) return true;
    const nowMs = sources.now();
    const taken = takeToken(buckets.get(region) ?? fullBucket(quota, nowMs), quota, nowMs);
    buckets.set(region, taken.bucket);
    return taken.allowed;
  };

  return {
    /** @param error an error's name or a way to break the wire; null heals */
    setMode: (region: string, error: string | null) => {
      // Healing every Region means every Region, also those that were broken one by one.
      if (region === EVERY_REGION) modes.clear();
      if (error === null) modes.delete(region);
      else modes.set(region, error);
    },
    setQuota: (region: string, quota: Quota | null) => {
      buckets.clear();
      if (region === EVERY_REGION) quotas.clear();
      if (quota === null) quotas.delete(region);
      else quotas.set(region, quota);
    },
    setLatency: (next: typeof latency) => void (latency = next),
    /** The answer that stands in the way of any call to this Region, or undefined when the call may go on. */
    obstacle: (region: string): Answer | undefined => {
      const mode = modes.get(region) ?? modes.get(EVERY_REGION);
      if (mode !== undefined) return isBreakage(mode) ? createFaultAnswer(mode, null) : awsError(mode);
      return withinQuota(region) ? undefined : awsError('ThrottlingException');
    },
    /** How long to hold this call back, in milliseconds. */
    latencyMs: () => latency.ms + latency.jitterMs * sources.random(),
    show: () => ({ modes: Object.fromEntries(modes), quotas: Object.fromEntries(quotas), latency }),
    reset: () => {
      modes.clear();
      quotas.clear();
      buckets.clear();
      latency = { ms: 0, jitterMs: 0 };
    },
  };
}
