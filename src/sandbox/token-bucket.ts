/** A quota as AWS enforces it: `burst` calls at once, refilled at `perSecond`. */
export interface Quota {
  readonly perSecond: number;
  readonly burst: number;
}

/** Immutable: how many calls are left at a moment. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export const fullBucket = (quota: Quota, nowMs: number): Bucket => ({ tokens: quota.burst, atMs: nowMs });

/** Takes one call out of the bucket; `allowed` is false when none is left. Time going backwards refills nothing. */
export function takeToken(bucket: Bucket, quota: Quota, nowMs: number): { allowed: boolean; bucket: Bucket } {
  const refilled = (Math.max(0, nowMs - bucket.atMs) / 1000) * quota.perSecond;
  const tokens = Math.min(quota.burst, bucket.tokens + refilled);
  const allowed = tokens >= 1;
  return { allowed, bucket: { tokens: allowed ? tokens - 1 : tokens, atMs: Math.max(bucket.atMs, nowMs) } };
}
