import { expect, inject, it } from 'vitest';
import { makePlan } from './plan.ts';
import { SEED } from '../support/random.ts';
import { describeRun, isKept } from './report.ts';
import { runChaos } from './run.ts';

/** What `npm run chaos` does twenty times over, in small: enough to see a promise break that breaks often. */
const SHORT = { onboardings: 300, faultsEach: 2, pauseMaxMs: 2_500, faultMaxMs: 1_500, longFaults: false };

it(`whatever is killed, cut, frozen or refused, nothing is lost, doubled or given to a stranger (seed ${SEED})`, async () => {
  const report = await runChaos({
    plan: makePlan(SEED, SHORT),
    loadMs: 5_000,
    clusterUrl: inject('postgresUrl'),
  });
  expect(isKept(report), describeRun(report)).toBe(true);
  // A run in which nothing happened would keep any promise.
  expect(report.rows).toBeGreaterThanOrEqual(SHORT.onboardings);
  expect(report.cancelled).toBeGreaterThan(0);
  expect(report.processes.kills + report.processes.stops + report.processes.freezes).toBeGreaterThanOrEqual(
    8,
  );
});
