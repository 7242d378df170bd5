/**
 * The intake queue: a BullMQ queue whose name and prefix do not depend on the ledger, so that any program can add to it.
 * Invariants: a job ends only when its onboarding is in the ledger or never can be; nothing else spends the producer's `attempts`;
 * two ledgers never serve one queue: the first one claims it permanently.
 */
import { DelayedError, Queue, UnrecoverableError } from 'bullmq';
import type { IntakeVerdict } from '../domain/job.ts';
import type { Log } from '../ports.ts';
import type { IntakeHandler, IntakeQueue } from '../ports/intake-queue.ts';
import { createOutageLog, watchConnection, type OutageLog } from './redis/outage-log.ts';
import { INTAKE_QUEUE, intakeClaimKey, intakePrefix } from './queue-keys.ts';
import { failFastClient, type RedisTarget } from './redis/connection.ts';
import { bounded } from './redis/bounded.ts';
import type { JobTurn } from './worker/run-worker.ts';
import { runWatchedWorker } from './worker/watched-worker.ts';

export interface IntakeQueueOptions {
  readonly connection: RedisTarget;
  readonly redisPrefix: string;
  readonly ledgerId: string;
  readonly log: Log;
  /** Asked when a worker starts; see run-worker.ts. */
  readonly skipVersionCheck: () => boolean;
  /** See job-queue.ts. */
  readonly lockMs?: number;
  readonly stalledCheckMs?: number;
}

export interface BullIntakeQueue extends IntakeQueue {
  /** For Bull Board. */
  readonly raw: Queue;
  close(): Promise<void>;
}

/** They share the ledger's group commit, so that many at a time cost little more than one. */
const CONCURRENCY = 50;
const LAST_STOP_MS = 1_000;
/** A handler that throws has met a bug; the job stays until it is fixed. */
const AFTER_A_THROW_MS = 5_000;
const FIELDS = { queue: INTAKE_QUEUE };

export function createIntakeQueue(options: IntakeQueueOptions): BullIntakeQueue {
  const { connection, redisPrefix, ledgerId, log, lockMs = 30_000, stalledCheckMs = 5_000 } = options;
  const prefix = intakePrefix(redisPrefix);
  const outages = createOutageLog(log);
  const client = failFastClient(connection);
  const disconnect = watchConnection(client, outages, FIELDS);
  // Both skips for the same reason as in region-queues.ts.
  const queue = new Queue(INTAKE_QUEUE, {
    connection: client,
    prefix,
    skipVersionCheck: true,
    skipWaitingForReady: true,
  });
  queue.on('error', (error) => outages.failed('A queue reported an error', error, FIELDS));
  const consumers: ReturnType<IntakeQueue['consume']>[] = [];

  return {
    raw: queue,
    async claim() {
      const key = intakeClaimKey(redisPrefix);
      const holder = await bounded('claim the intake queue', async () => {
        await client.set(key, ledgerId, 'NX');
        return client.get(key);
      });
      return holder === null || holder === ledgerId ? 'ours' : { ofLedger: holder, key };
    },
    consume(handler) {
      const consumer = runWatchedWorker(
        { fields: FIELDS, run: (turn: JobTurn<unknown>) => runJob(turn, handler, outages) },
        {
          queue,
          client,
          connection,
          concurrency: CONCURRENCY,
          lockMs,
          stalledCheckMs,
          outages,
          log,
          skipVersionCheck: options.skipVersionCheck(),
        },
      );
      consumers.push(consumer);
      return consumer;
    },
    async close() {
      await Promise.all(consumers.map(async (consumer) => consumer.stop(LAST_STOP_MS)));
      await queue.close();
      disconnect();
    },
  };
}

/** The onboarding's id becomes the job's return value. */
async function runJob(turn: JobTurn<unknown>, handler: IntakeHandler, outages: OutageLog): Promise<string> {
  const { job, token } = turn;
  const verdict = await turn.work(async () => judge(handler, job.data, { outages, jobId: job.id }));
  switch (verdict.kind) {
    case 'done':
      return verdict.id;
    case 'refused':
      throw new UnrecoverableError(verdict.reason);
    case 'later':
      await job.moveToDelayed(Date.now() + Math.round(verdict.delayMs), token);
      throw new DelayedError();
  }
}

async function judge(
  handler: IntakeHandler,
  data: unknown,
  { outages, jobId }: { outages: OutageLog; jobId: string | undefined },
): Promise<IntakeVerdict> {
  try {
    return await handler(data);
  } catch (error) {
    outages.troubled('A job handler threw; the job is retried', error, { ...FIELDS, job_id: jobId });
    return { kind: 'later', delayMs: AFTER_A_THROW_MS };
  }
}
