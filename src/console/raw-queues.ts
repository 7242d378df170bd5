import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';

/** Where the raw queues are shown. */
export const QUEUES_PATH = '/queues';

type RawQueue = ConstructorParameters<typeof BullMQAdapter>[0];

/**
 * Bull Board over the raw queues. It has no login and its read-only mode only hides buttons, so it is mounted
 * behind the app's tokens, and the app refuses every request under its path that is not a read.
 */
export async function mountRawQueues(
  app: FastifyInstance,
  queues: readonly RawQueue[],
  title: string,
): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(QUEUES_PATH);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: title } },
  });
  await app.register(adapter.registerPlugin(), { prefix: QUEUES_PATH });
}
