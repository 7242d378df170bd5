/**
 * `npm run chaos -- [--runs 20] [--seed N] [--onboardings 2000]`: runs with one seed after the other, a line each, and
 * a summary. Exit code 1 when a promise was broken; the seed in the line makes the same plan again.
 */
import { parseArgs } from 'node:util';
import { givenSeed, givenWhole } from '../support/given-number.ts';
import { startPostgresCluster } from '../support/postgres-cluster.ts';
import { runInterruptibly } from './interruptible.ts';
import { makePlan } from './plan.ts';
import { runChaos, type ChaosReport } from './run.ts';
import { describeRun, summarise } from './report.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    seed: { type: 'string' },
    onboardings: { type: 'string', default: '2000' },
  },
});

const FULL = {
  faultsEach: 6,
  pauseMaxMs: 5_000,
  faultMaxMs: 4_000,
  longFaults: true,
};

const firstSeed = givenSeed('--seed', values.seed);
const runs = givenWhole('--runs', values.runs);
const onboardings = givenWhole('--onboardings', values.onboardings);

await runInterruptibly(async (signal) => {
  const cluster = await startPostgresCluster();
  const reports: ChaosReport[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const report = await runChaos({
        plan: makePlan(firstSeed + run, { ...FULL, onboardings }),
        loadMs: 20_000,
        clusterUrl: cluster.url,
        signal,
      });
      reports.push(report);
      process.stdout.write(describeRun(report));
    }
  } finally {
    await cluster.stop();
  }
  const summary = summarise(reports);
  process.stdout.write(summary.text);
  return summary.kept ? 0 : 1;
});
