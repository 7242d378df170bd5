/** What a replay of many is of, and how fast it goes. */
import type { Replay, ReplayFilter } from '../../../domain/replay.ts';
import { count, exactTime } from '../../format.ts';
import { hrefOf } from '../../query.ts';

const WORDS = {
  errorCode: '',
  region: 'in ',
  account: 'account ',
  customerId: 'customer ',
  q: 'matching ',
  from: 'created from ',
  to: 'created to ',
  endedFrom: 'failed from ',
  endedTo: 'failed by ',
} as const;
const INSTANTS: readonly string[] = ['from', 'to', 'endedFrom', 'endedTo'];

/** What a replay is of, in words. */
export function filterWords(filter: ReplayFilter): string {
  const words = (Object.keys(WORDS) as (keyof typeof WORDS)[]).flatMap((name) => {
    const texts = [filter[name] ?? []].flat();
    const shown = INSTANTS.includes(name) ? texts.map(exactTime) : texts;
    return shown.length === 0 ? [] : [WORDS[name] + shown.join(', ')];
  });
  if (filter.ids !== undefined) words.push(`${count(filter.ids.length)} selected`);
  return words.length === 0 ? 'all failed onboardings' : words.join(' · ');
}

/** Why and of which causes, so that replays with one reason can be told apart. */
export function replayTitle({ reason, filter }: Pick<Replay, 'reason' | 'filter'>): string {
  const codes = [filter.errorCode ?? []].flat();
  return codes.length === 0 ? reason : `${reason} · ${codes.join(', ')}`;
}

/** The list of what still fails of a replay's set, as far as the list can be filtered by it; it knows no ids and no ends. */
export function stillFailedHref(filter: ReplayFilter): string {
  const { errorCode = [], region, account, customerId, q, from, to } = filter;
  const given = { errorCode: [errorCode].flat().join(' '), region, account, customerId, q, from, to };
  return hrefOf('/onboardings', { status: 'failed', ...given });
}

export interface Pace {
  /** How many need no more waiting for: ended again, or skipped. */
  readonly ended: number;
  /** Since the start. */
  readonly endedPerSecond: number;
  /** Until all have ended, at the present rate; null: nothing can be said yet, or nothing is left. */
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
