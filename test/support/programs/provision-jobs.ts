/**
 * A worker: runs one Region's jobs as the service does, with locks as short as its arguments say.
 * Arguments: redis URL, queue prefix, database URL, EventBridge endpoint, lock in ms.
 */
import { createPartnerGateway } from '../../../src/aws/partner-gateway.ts';
import type { Region } from '../../../src/domain/region.ts';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { CHECKS } from '../check-policy.ts';
import { createProvisioner } from '../../../src/provisioning/provision.ts';
import { createRegionKeeper } from '../../../src/provisioning/region-keeper.ts';
import { createJobQueue } from '../../../src/queue/job-queue.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMetrics } from '../../../src/runtime/metrics/registry.ts';
import { recordingLog } from '../recording-log.ts';
import { endlessSlots } from '../queue-fixtures.ts';

const [url = '', prefix = '', databaseUrl = '', endpoint = '', lockMs = ''] = process.argv.slice(2);
const region = 'us-east-1' as Region;
const clock = systemClock;
const log = recordingLog();
const rateGate = { ...endlessSlots, take: () => Promise.resolve(), told: () => undefined };
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };

const ledger = await openLedger(
  { kind: 'postgres', url: databaseUrl },
  { awsMode: 'sandbox', partner: 'acme.example', clock, log },
);
const queue = await createJobQueue({
  connection: { url },
  prefix,
  regions: [region],
  concurrency: 1,
  log,
  lockMs: Number(lockMs),
  stalledCheckMs: 300,
});
const provision = createProvisioner({
  ledger,
  gateway: createPartnerGateway({ endpoint, credentials, timeoutMs: 60_000, rateGate, log, clock }),
  rateGate,
  regions: createRegionKeeper({ circuits: queue.circuits, queue, ledger, regions: [region], clock, log }),
  clock,
  checks: CHECKS,
  random: () => 1,
  policy: {
    attemptsMax: 60,
    backoffBaseMs: 600_000,
    backoffCapMs: 900_000,
    deadlineMs: 86_400_000,
    limitExceededWaitMs: 0,
  },
  log,
  metrics: createMetrics({ version: 'test', regions: [region], ofProcess: false }),
});
queue.consume(region, async (run, signal) => {
  process.stdout.write(`took ${run.jobId}\n`);
  const verdict = await provision(run, signal);
  process.stdout.write(`${verdict.kind}\n`);
  return verdict;
});
