/** Places for what is limited: so many in all, and so many for each holder, so that none can keep the others out. */
export interface Places {
  /** All of `count` (1), or none. */
  take(holder: string, count?: number): 'taken' | 'allAreTaken' | 'holderHasEnough';
  /** Once for each that was taken. */
  giveBack(holder: string, count?: number): void;
}

export function createPlaces({ inAll, perHolder }: { inAll: number; perHolder: number }): Places {
  const held = new Map<string, number>();
  let taken = 0;
  return {
    take(holder, count = 1) {
      const own = (held.get(holder) ?? 0) + count;
      if (own > perHolder) return 'holderHasEnough';
      if (taken + count > inAll) return 'allAreTaken';
      held.set(holder, own);
      taken += count;
      return 'taken';
    },
    giveBack(holder, count = 1) {
      const left = (held.get(holder) ?? 0) - count;
      if (left > 0) held.set(holder, left);
      else held.delete(holder);
      taken -= count;
    },
  };
}
