/** For `node --import`: lets worker threads run TypeScript. Without it tsx compiles for the main thread only. */
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) {
  const { register } = await import('tsx/esm/api');
  register();
}
