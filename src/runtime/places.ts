/** Places for what stays open: so many in all, and so many for each holder, so that none can keep the others out. */
export interface Places {
  take(holder: string): 'taken' | 'allAreTaken' | 'holderHasEnough';
  /** Once for each that was taken. */
  giveBack(holder: string): void;
}

export function createPlaces({ inAll, perHolder }: { inAll: number; perHolder: number }): Places {
  const held = new Map<string, number>();
  let taken = 0;
  return {
    take(holder) {
      const own = held.get(holder) ?? 0;
      if (own >= perHolder) return 'holderHasEnough';
      if (taken >= inAll) return 'allAreTaken';
      held.set(holder, own + 1);
      taken += 1;
      return 'taken';
    },
    giveBack(holder) {
      const left = (held.get(holder) ?? 0) - 1;
      if (left > 0) held.set(holder, left);
      else held.delete(holder);
      taken -= 1;
    },
  };
}
