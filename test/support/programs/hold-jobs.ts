/** Consumes a Region's jobs, says which it got and never ends one. Arguments: redis URL, prefix, lock in ms. */
import type { Region } from '../../../src/domain/region.ts';
import { createJobQueue } from '../../../src/queue/job-queue.ts';

const [url = '', prefix = '', lockMs = ''] = process.argv.slice(2);
const silent = (): void => undefined;
const region = 'us-east-1' as Region;
const queue = await createJobQueue({
  connection: { url },
  prefix,
  regions: [region],
  concurrency: 1,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  lockMs: Number(lockMs),
  stalledCheckMs: 300,
});
queue.consume(region, async (run) => {
  process.stdout.write(`${run.jobId}\n`);
  return new Promise(() => undefined);
});
