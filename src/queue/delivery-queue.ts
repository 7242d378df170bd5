/**
 * The DeliveryQueue port: one BullMQ queue for all notifications, on the producers' connection. A job carries the
 * notification's id and replay, nothing else: neither an address nor what is sent.
 */
import type { Queue } from 'bullmq';
import { jobId } from '../domain/ids.ts';
import type { DeliveryJobRun, DeliveryRef } from '../domain/delivery.ts';
import type { JobPresence } from '../domain/job.ts';
import type { JobConsumer } from '../ports.ts';
import type { DeliveryHandler, DeliveryQueue } from '../ports/notifications.ts';
import type { JobSource, RunHandler } from './consumer.ts';
import { readDeliveryJobData, type DeliveryJobData } from './delivery-job-data.ts';
import { presenceIn } from './job-presence.ts';
import { DELIVERIES_QUEUE } from './queue-keys.ts';
import { bounded } from './redis-error.ts';
import type { RegionQueues } from './region-queues.ts';

const JOB_NAME = 'deliver';

/** @param consume starts a watched consumer on the queue; its owner stops it */
export function createDeliveryQueue(
  queues: RegionQueues,
  consume: (
    source: JobSource<DeliveryJobData, DeliveryJobRun>,
    handler: RunHandler<DeliveryJobRun>,
    queue: Queue,
  ) => JobConsumer,
): DeliveryQueue {
  const queue = queues.deliveries;
  const presence = async (refs: readonly DeliveryRef[]): Promise<JobPresence[]> =>
    Promise.all(refs.map(async (ref) => presenceIn(queues.client, queue, idOf(ref))));

  return {
    async add(deliveries) {
      if (deliveries.length === 0) return;
      await bounded('add deliveries', async () => {
        // An add with the id of a job that is still kept would be dropped silently.
        const found = await presence(deliveries);
        const kept = deliveries.filter((_, index) => found[index] === 'finished');
        await Promise.all(kept.map(async (ref) => queue.remove(idOf(ref))));
        const now = Date.now();
        await queue.addBulk(
          deliveries.map(({ deliveryId, replays, delayMs }) => {
            const delay = Math.max(0, Math.ceil(delayMs));
            const data: DeliveryJobData = { v: 1, deliveryId, replays, readyAt: now + delay };
            return { name: JOB_NAME, data, opts: { jobId: jobId(deliveryId, replays), delay } };
          }),
        );
      });
    },
    presence: async (refs) => bounded('look for deliveries', async () => presence(refs)),
    consume: (handler: DeliveryHandler) => consume(source, handler, queue),
  };
}

const idOf = ({ deliveryId, replays }: DeliveryRef): string => jobId(deliveryId, replays);

const nothing = async (): Promise<void> => Promise.resolve();

const source: JobSource<DeliveryJobData, DeliveryJobRun> = {
  queueName: DELIVERIES_QUEUE,
  fields: { queue: DELIVERIES_QUEUE },
  read: readDeliveryJobData,
  begin: ({ deliveryId, replays }, { jobId: id }) => ({
    run: { deliveryId, replays, jobId: id },
    end: nothing,
  }),
  // Its jobs have no priority, and go back to a list.
  wake: nothing,
  // No delivery is put aside: each waits for its own endpoint.
  putAside: nothing,
  onStalled: () => undefined,
};
