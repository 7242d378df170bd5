import type { Replay } from '../../../domain/replay.ts';

export interface Pace {
  /** How many need no more waiting for: ended again, or skipped. */
  readonly ended: number;
  /** Since the start. */
  readonly endedPerSecond: number;
  /** Until all have ended, if it goes on like this; null: nothing can be said yet, or nothing is left. */
  readonly leftMs: number | null;
}

/** How fast a replay goes, by how far it came. @param now milliseconds since 1970 */
export function paceOf(replay: Replay, now: number): Pace {
  const { matched, provisioned, failed, cancelled, skipped, createdAt, endedAt } = replay;
  const ended = provisioned + failed + cancelled + skipped;
  const tookMs = Math.max(1_000, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(createdAt));
  const left = matched - ended;
  return {
    ended,
    endedPerSecond: ended / (tookMs / 1_000),
    leftMs: ended === 0 || left <= 0 ? null : (left / ended) * tookMs,
  };
}
