/** Onboardings per second of one worker process, against what one would build otherwise. */
import type { Bench } from './support/bench.ts';
import { digits, type Report } from './support/report.ts';
import {
  inRounds,
  ratio,
  standingRows,
  STANDING_COLUMNS,
  type Contestant,
  type Standing,
} from './support/rounds.ts';
import { oursAt, peerAt } from './support/throughput.ts';

const SLOW_MS = 100;

export const pipeline: Bench = async (context) => [await atOnce(context), await overTheOcean(context)];

type Context = Parameters<Bench>[0];

async function atOnce({ ground, rounds, scale, say }: Context): Promise<Report> {
  const load = { count: Math.round(12_000 * scale), concurrency: 50, aws: {} };
  say('pipeline: AWS answers at once, concurrency 50');
  const [ours, ...others] = await inRounds(
    [
      oursAt(ground, load),
      peerAt('diy', ground, load),
      peerAt('graphileWorker', ground, load),
      peerAt('pgBoss', ground, load),
    ],
    rounds,
    say,
  );
  const [own, diy] = two(ours, others[0]);
  return {
    name: 'pipeline',
    title: 'Pipeline, AWS answers at once, concurrency 50',
    how: `${load.count.toLocaleString('en')} onboardings that wait, one worker process; ours with the PostgreSQL ledger, limiter, attempts, fences and one log line per attempt, the others with none of these. Median of ${rounds} interleaved rounds.`,
    columns: STANDING_COLUMNS,
    rows: standingRows(own, others),
    goals: [{ what: 'against BullMQ + SDK', value: ratio(own, diy), unit: '×', atLeast: 2 }],
  };
}

/** The best concurrency of each is found first, by one run each. */
async function overTheOcean(context: Context): Promise<Report> {
  const { ground, rounds, scale, say } = context;
  const aws = { latencyMs: SLOW_MS };
  const at = (count: number) => (concurrency: number) => ({
    count: Math.round(count * scale),
    concurrency,
    aws,
  });
  say(`pipeline: AWS answers after ${SLOW_MS} ms, best concurrency of each`);
  const choices: readonly ((concurrency: number) => Contestant)[] = [
    (concurrency) => oursAt(ground, at(16_000)(concurrency)),
    (concurrency) => peerAt('diy', ground, at(4_000)(concurrency)),
    (concurrency) => peerAt('diyAgent', ground, at(10_000)(concurrency)),
  ];
  const best: Contestant[] = [];
  for (const choice of choices) best.push(await bestOf([200, 500].map(choice), say));
  const [ours, ...others] = await inRounds(best, rounds, say);
  const [own, diy] = two(ours, others[0]);
  const [, agent] = two(ours, others[1]);
  return {
    name: 'pipeline',
    title: `Pipeline, AWS answers after ${SLOW_MS} ms, best concurrency of each`,
    how: `Of 200 and 500 in flight the one that did more in a run before; the rest as above. Median of ${rounds} interleaved rounds.`,
    columns: STANDING_COLUMNS,
    rows: standingRows(own, others),
    goals: [
      { what: 'against BullMQ + SDK', value: ratio(own, diy), unit: '×', atLeast: 4 },
      { what: 'against BullMQ + SDK with an agent', value: ratio(own, agent), unit: '×', atLeast: 1.5 },
    ],
  };
}

async function bestOf(contestants: readonly Contestant[], say: Context['say']): Promise<Contestant> {
  let best: { contestant: Contestant; perSecond: number } | undefined;
  for (const contestant of contestants) {
    const { perSecond } = await contestant.measure();
    say(`  trial  ${contestant.name}: ${digits(perSecond)}/s`);
    if (best === undefined || perSecond > best.perSecond) best = { contestant, perSecond };
  }
  if (best === undefined) throw new Error('There are no candidates.');
  return best.contestant;
}

function two(ours: Standing | undefined, other: Standing | undefined): [Standing, Standing] {
  if (ours === undefined || other === undefined) throw new Error('A contestant is missing.');
  return [ours, other];
}
