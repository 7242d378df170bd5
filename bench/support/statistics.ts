export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** By the nearest rank; 0 ≤ share ≤ 1. The median of an even number of values is the mean of the middle two. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const half = sorted.length / 2;
  if (share === 0.5 && Number.isInteger(half)) return ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? NaN;
}
