import { digits, type Report } from './report.ts';
import { median } from './statistics.ts';

export interface Figures {
  readonly perSecond: number;
  /** CPU time of the worker process per onboarding, in ms: what a busy machine disturbs least. */
  readonly cpuMsEach: number;
}

export interface Contestant {
  readonly name: string;
  measure(): Promise<Figures>;
}

export interface Standing {
  readonly name: string;
  readonly rounds: readonly Figures[];
  readonly perSecond: number;
  readonly cpuMsEach: number;
}

/**
 * Measures every candidate once per round, each round beginning with another one: whatever else the machine does in the
 * meantime meets all of them.
 */
export async function inRounds(
  contestants: readonly Contestant[],
  rounds: number,
  say: (line: string) => void,
): Promise<readonly Standing[]> {
  const figures = new Map<string, Figures[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      const measured = await contestant.measure();
      figures.get(contestant.name)?.push(measured);
      say(
        `  round ${round + 1}  ${contestant.name}: ${digits(measured.perSecond)}/s, ${digits(measured.cpuMsEach)} ms CPU each`,
      );
    }
  }
  return contestants.map(({ name }) => standingOf(name, figures.get(name) ?? []));
}

export function standingOf(name: string, rounds: readonly Figures[]): Standing {
  return {
    name,
    rounds,
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpuMsEach: median(rounds.map(({ cpuMsEach }) => cpuMsEach)),
  };
}

/** The median of the rounds' own ratios: what disturbed a whole round disturbs its ratio least. */
export function ratio(ours: Standing, peer: Standing): number {
  return median(
    ours.rounds.map(({ perSecond }, round) => perSecond / (peer.rounds[round]?.perSecond ?? NaN)),
  );
}

export const STANDING_COLUMNS = ['', 'per second, median', 'least to most', 'CPU ms each', 'ours / theirs'];

export function standingRows(ours: Standing, others: readonly Standing[]): Report['rows'] {
  return [ours, ...others].map((standing) => {
    const speeds = standing.rounds.map(({ perSecond }) => perSecond);
    return [
      standing.name,
      digits(standing.perSecond),
      `${digits(Math.min(...speeds))} – ${digits(Math.max(...speeds))}`,
      digits(standing.cpuMsEach),
      standing === ours ? '' : `${digits(ratio(ours, standing))} ×`,
    ];
  });
}
