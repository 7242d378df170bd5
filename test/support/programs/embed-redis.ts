/** Starts an embedded Redis in the folder in its arguments and prints its socket; stops it when its stdin ends. */
import { startEmbeddedRedis } from '../../../src/queue/embedded/embedded-redis.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { recordingLog } from '../recording-log.ts';

const redis = await startEmbeddedRedis({ dir: process.argv[2]!, clock: systemClock, log: recordingLog() });
// As the service does: a signal is heard, and what follows from it is up to the drain.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => process.stdout.write(`${signal}\n`));
// Only now: whoever reads this line may send a signal at once.
process.stdout.write(`${redis.socketPath}\n`);
process.stdin.resume().on('end', () => {
  void redis.stop().then(() => process.exit(0));
});
