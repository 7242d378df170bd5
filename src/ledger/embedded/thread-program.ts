/**
 * The thread that PGlite runs in; started by database-thread.ts alone. WebAssembly blocks its thread for as long as a
 * statement takes, forever when a statement never ends, so nothing else of the service may share this thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { openPglite } from './open-pglite.ts';
import type { ThreadData, ThreadReply, ThreadRequest } from './thread-messages.ts';

if (parentPort === null) throw new Error('thread-program.ts runs in a worker thread only.');
const port = parentPort;
const tell = (reply: ThreadReply): void => port.postMessage(reply);

const pglite = await openPglite((workerData as ThreadData).dir);
port.on('message', (request: ThreadRequest) => void serve(request));
tell({ kind: 'opened' });

async function serve(request: ThreadRequest): Promise<void> {
  switch (request.kind) {
    case 'query':
      tell(await answer(pglite, request));
      return;
    case 'close':
      await pglite.close();
      tell({ kind: 'closed' });
      port.close();
      return;
  }
}

async function answer(
  database: PGlite,
  { text, parameters }: Extract<ThreadRequest, { kind: 'query' }>,
): Promise<ThreadReply> {
  try {
    const { command, rowCount, rows } = await database.query(text, [...parameters]);
    return { kind: 'result', result: { command: command ?? '', rowCount: rowCount ?? 0, rows } };
  } catch (error) {
    // PGlite is of no more use after a trap in WebAssembly (out of memory, stack overflow): end the thread.
    if (error instanceof WebAssembly.RuntimeError || !(error instanceof Error)) throw error;
    // Only these two: PGlite's errors also carry the statement's parameters, which must not reach a log.
    const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    return { kind: 'failed', message: error.message, code };
  }
}
