import type { FigureWindow } from '../../../domain/figures.ts';
import {
  readOverview,
  type Overview,
  type OverviewReads,
  type RegionOverview,
} from '../../../operations/overview.ts';

/** A Region, with what Redis said of it last: when it does not answer, that is from `redisAt`. */
export interface RegionSnapshot extends RegionOverview {
  /** ISO 8601; null: Redis was never heard about this Region. */
  readonly redisAt: string | null;
  /** Whether Redis answered this time. */
  readonly isKnown: boolean;
}

export interface Snapshot extends Omit<Overview, 'regions'> {
  readonly regions: readonly RegionSnapshot[];
}

/** The overview now; what Redis cannot say is as it said it before. */
export async function readSnapshot(
  window: FigureWindow,
  before: Snapshot | undefined,
  deps: OverviewReads,
): Promise<Snapshot> {
  const overview = await readOverview(window, deps);
  const at = new Date(deps.clock.now()).toISOString();
  return {
    ...overview,
    regions: overview.regions.map((region) => {
      const isKnown = region.queue !== null && region.circuit !== null;
      if (isKnown) return { ...region, isKnown, redisAt: at };
      const last = before?.regions.find((one) => one.region === region.region);
      return {
        ...region,
        isKnown,
        queue: region.queue ?? last?.queue ?? null,
        circuit: region.circuit ?? last?.circuit ?? null,
        redisAt: last?.redisAt ?? null,
      };
    }),
  };
}
