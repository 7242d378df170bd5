import { pointsOf, spanOf, type FigurePoint, type FigureWindow } from '../domain/figures.ts';
import type { LedgerCounts } from '../domain/listing.ts';
import type { DeliveryBacklog } from '../domain/delivery.ts';
import type { Replay } from '../domain/replay.ts';
import { readFailures, type AdvisedFailures } from './failures.ts';
import { readFigures, type Chart } from './figures.ts';
import type { OperatorDeps } from './operator-deps.ts';
import { readStats, type Stats, type StatsReads } from './stats.ts';

export type OverviewReads = StatsReads & Pick<OperatorDeps, 'clock'>;

export type RegionOverview = Stats['regions'][number] & {
  /**
   * Rounds that ended in the last minute or two, a second. Each made at least one AWS call, so no less than this of the
   * quota was used.
   */
  readonly roundsPerSecond: number;
};

/** What is going on, all of it from figures that are kept: nothing here reads all onboardings. */
export interface Overview {
  readonly counts: LedgerCounts;
  readonly regions: readonly RegionOverview[];
  /** The last 60 minutes, the present one among them, oldest first. */
  readonly hour: readonly FigurePoint[];
  readonly chart: Chart;
  /** Biggest first. */
  readonly failures: readonly AdvisedFailures[];
  /** Those that run, newest first, at most 5. */
  readonly replays: readonly Replay[];
  readonly deliveries: DeliveryBacklog;
  /** Sources that expire within three days unless their customers accept them, counted up to 10,000. */
  readonly expiring: number;
}

const MINUTE_MS = 60_000;
const REPLAYS_SHOWN = 5;
export const EXPIRING_MS = 3 * 24 * 60 * MINUTE_MS;

/** @param window how far the chart reaches back @throws LedgerUnavailableError */
export async function readOverview(window: FigureWindow, deps: OverviewReads): Promise<Overview> {
  const { ledger, clock } = deps;
  const now = clock.now();
  /** The last minutes, the present one among them. */
  const readMinutes = async (steps: number, region?: string): Promise<readonly FigurePoint[]> => {
    const span = spanOf({ stepSeconds: 60, steps }, now);
    return pointsOf(span, (await ledger.figures(span, region)).figures);
  };
  const [stats, hour, chart, failures, replays, deliveries, expiring, rounds] = await Promise.all([
    readStats(deps),
    readMinutes(60),
    readFigures({ window }, deps),
    readFailures({}, deps),
    ledger.listReplays({ status: 'running' }, { limit: REPLAYS_SHOWN }),
    ledger.deliveryBacklog(),
    ledger.countExpiring(new Date(now + EXPIRING_MS).toISOString()),
    Promise.all(deps.regions.map((region) => readMinutes(2, region))),
  ]);
  const seconds = (MINUTE_MS + (now % MINUTE_MS)) / 1_000;
  return {
    counts: stats.ledger,
    regions: stats.regions.map((region, index) => ({
      ...region,
      roundsPerSecond: roundsIn(rounds[index] ?? []) / seconds,
    })),
    hour,
    chart,
    failures,
    replays: replays.items,
    deliveries,
    expiring,
  };
}

const roundsIn = (points: readonly FigurePoint[]): number =>
  points.reduce((sum, { provisioned, failed, retried }) => sum + provisioned + failed + retried, 0);
