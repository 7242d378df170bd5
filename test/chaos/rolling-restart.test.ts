import { expect, inject, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { makePlan, WORKERS, type Fault, type Plan } from './plan.ts';
import { describeRun, isKept } from './report.ts';
import { runChaos } from './run.ts';

const PLAIN = KINDS.find(({ script }) => script === 'plain')!;

/** Nothing goes wrong but that one process after the other is told to stop and started again, twice round. */
function deployments(): Plan {
  const size = { onboardings: 200, faultsEach: 0, pauseMaxMs: 500, faultMaxMs: 500, longFaults: false };
  const plan = makePlan(1, size);
  const round = Array.from({ length: WORKERS }, (_, nth): Fault => {
    return { target: 'worker', name: 'stop', nth, afterMs: 700, lastsMs: 0 };
  });
  const asked = [...plan.requests, ...plan.imports.flat()].map(({ wish, account }, n) => ({
    account,
    wish: { ...wish, kind: PLAIN, accounts: [account], sourceName: `aws.partner/acme.example/rolling/n${n}` },
  }));
  return { ...plan, requests: asked, imports: [], secondThoughts: [], faults: [[...round, ...round]] };
}

it('a rolling restart of three workers under load fails nothing and spends nothing', async () => {
  const report = await runChaos({
    plan: deployments(),
    loadMs: 6_000,
    clusterUrl: inject('postgresUrl'),
    // A call that runs into its timeout on a busy machine spends a round, and is no stop's doing.
    env: { AWS_TIMEOUT_MS: '30000' },
  });
  expect(isKept(report), describeRun(report)).toBe(true);
  expect(report.processes).toEqual({ kills: 0, stops: 2 * WORKERS, freezes: 0, restartsByItself: 0 });
  expect(report.provisioned).toBe(report.rows);
  expect(report.rounds).toBe(0);
});
