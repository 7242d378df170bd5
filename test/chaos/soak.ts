/**
 * `npm run soak -- [--minutes 15] [--seed N]`: mixed load with faults for so long, while memory, handles, connections
 * and keys are watched; a line a minute, and what they came to. Exit code 1 when one grew, or a promise was broken.
 */
import { parseArgs } from 'node:util';
import { givenSeed, givenWhole } from '../support/given-number.ts';
import { startPostgresCluster } from '../support/postgres-cluster.ts';
import { judgeGrowth, showSample, SAMPLE_TITLES } from './growth.ts';
import { runInterruptibly } from './interruptible.ts';
import { describeRun, isKept } from './report.ts';
import { makePlan } from './plan.ts';
import { runChaos } from './run.ts';
import { startSampler, type Sample } from './sampler.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '15' }, seed: { type: 'string' } },
});
const minutes = givenWhole('--minutes', values.minutes);
const seed = givenSeed('--seed', values.seed);
const PER_SECOND = 15;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const samples: Sample[] = [];

await runInterruptibly(async (signal) => {
  const cluster = await startPostgresCluster();
  say(`seed ${seed}, ${minutes} minutes`);
  say(SAMPLE_TITLES);
  const minutely = setInterval(() => {
    const last = samples.at(-1);
    if (last !== undefined) say(showSample(last));
  }, 60_000);
  try {
    const report = await runChaos({
      plan: makePlan(seed, {
        onboardings: minutes * 60 * PER_SECOND,
        // Each takes half a minute on average, pause included.
        faultsEach: minutes * 2,
        pauseMaxMs: 50_000,
        faultMaxMs: 5_000,
        longFaults: false,
        spareFirst: true,
      }),
      loadMs: minutes * 60_000,
      clusterUrl: cluster.url,
      signal,
      watch: (stage) => startSampler(stage, samples),
    });
    say(describeRun(report));
    const growth = judgeGrowth(samples);
    for (const line of growth.lines) say(line);
    return isKept(report) && growth.bounded ? 0 : 1;
  } finally {
    clearInterval(minutely);
    await cluster.stop();
  }
});
