/** Whether the pipeline slows down where years of onboardings lie in the ledger, and a mountain of jobs in the queue. */
import type { Bench } from './support/bench.ts';
import { fillOurs } from './support/ours.ts';
import { digits } from './support/report.ts';
import { standingOf, ratio, STANDING_COLUMNS, standingRows, type Figures } from './support/rounds.ts';
import { oursAt, workedOff } from './support/throughput.ts';

const DEEP = 1_000_000;
const WORKED = 12_000;
const CONCURRENCY = 50;

export const depth: Bench = async ({ ground, rounds, scale, say }) => {
  const deep = Math.round(DEEP * scale);
  const load = { count: Math.round(WORKED * scale), concurrency: CONCURRENCY, aws: {} };
  const count = Math.max(1, Math.min(rounds, 3));
  say(`depth: ${deep.toLocaleString('en')} rows and jobs`);
  // The shallow ones come first: a place has the whole of Redis.
  const shallow = oursAt(ground, load);
  const [shallowFigures, deepFigures]: [Figures[], Figures[]] = [[], []];
  for (let round = 0; round < count; round += 1) {
    shallowFigures.push(await shallow.measure());
    say(`  ${load.count} rows and jobs: ${digits(shallowFigures.at(-1)?.perSecond ?? NaN)}/s`);
  }
  const place = await ground.freshPlace({});
  try {
    const began = performance.now();
    const { keys } = await fillOurs(place, deep);
    say(`  filled in ${digits((performance.now() - began) / 1_000)} s`);
    for (let round = 0; round < count; round += 1) {
      deepFigures.push(await workedOff({ place, keys }, load));
      say(`  ${deep} rows and jobs: ${digits(deepFigures.at(-1)?.perSecond ?? NaN)}/s`);
    }
  } finally {
    await place.leave();
  }
  const few = standingOf(`${load.count.toLocaleString('en')} rows and jobs`, shallowFigures);
  const many = standingOf(`${deep.toLocaleString('en')} rows and jobs`, deepFigures);
  return [
    {
      name: 'depth',
      title: `Depth: ${deep.toLocaleString('en')} onboardings in ledger and queue`,
      how: `${load.count.toLocaleString('en')} onboardings worked off by one worker process at concurrency ${CONCURRENCY}, AWS answers at once: with just these in ledger and queue, and with all of them. Median of ${count} runs each, one after the other.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(many, [few]),
      goals: [{ what: 'against few', value: ratio(many, few), unit: '×', atLeast: 0.9 }],
    },
  ];
};
