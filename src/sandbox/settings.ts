import { awsError, createFaultAnswer, isBreakage, type Answer } from './answer.ts';
import { fullBucket, takeToken, type Bucket, type Quota } from './token-bucket.ts';

/** Stands for every Region that has no setting of its own. */
export const EVERY_REGION = '*';

/**
 * What `/__sandbox/…` can set: broken Regions, quotas and latency. Kept in memory: a restarted sandbox is a
 * healthy one, with the books it had.
 */
export interface Settings {
  /** @param error an error's name or a way to break the wire; null heals */
  setMode(region: string, error: string | null): void;
  setQuota(region: string, quota: Quota | null): void;
  setLatency(latency: { ms: number; jitterMs: number }): void;
  /** The answer that stands in the way of any call to this Region, or undefined when the call may go on. */
  obstacle(region: string): Answer | undefined;
  /** How long to hold this call back, in milliseconds. */
  latencyMs(): number;
  show(): unknown;
  reset(): void;
}

export function createSettings(sources: { now: () => number; random: () => number }): Settings {
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
    setMode: (region, error) => {
      // Healing every Region means every Region, also those that were broken one by one.
      if (region === EVERY_REGION) modes.clear();
      if (error === null) modes.delete(region);
      else modes.set(region, error);
    },
    setQuota: (region, quota) => {
      buckets.clear();
      if (region === EVERY_REGION) quotas.clear();
      if (quota === null) quotas.delete(region);
      else quotas.set(region, quota);
    },
    setLatency: (next) => {
      latency = next;
    },
    obstacle: (region) => {
      const mode = modes.get(region) ?? modes.get(EVERY_REGION);
      if (mode !== undefined) return isBreakage(mode) ? createFaultAnswer(mode, null) : awsError(mode);
      return withinQuota(region) ? undefined : awsError('ThrottlingException');
    },
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
