import type { Redis } from 'ioredis';
import type { Log, LogFields } from '../../ports.ts';
import { withoutSecrets } from './bounded.ts';

const ONE_LINE_EVERY_MS = 30_000;

/**
 * Redis is called well after this long without a failure: a read-only replica takes connections all the time, and
 * refuses the next command.
 */
const WELL_AFTER_MS = 2_000;

/** Says the same thing once per half minute: an outage makes every connection report several times a second. */
export interface OutageLog {
  /** @param what stands for the line: lines of one `what` are held back together */
  failed(what: string, error: unknown, fields?: LogFields): void;
  /** The same for a failure that is not Redis'. */
  troubled(what: string, error: unknown, fields?: LogFields): void;
  /** Redis has answered. Says so once, if it had been reported as failing and does not fail again at once. */
  recovered(): void;
}

export function createOutageLog(log: Log): OutageLog {
  const said = new Map<string, { at: number; suppressed: number }>();
  let failing = false;
  let recovery: NodeJS.Timeout | undefined;

  const troubled: OutageLog['troubled'] = (what, error, fields = {}) => {
    const now = Date.now();
    const last = said.get(what);
    if (last !== undefined && now - last.at < ONE_LINE_EVERY_MS) {
      last.suppressed += 1;
      return;
    }
    said.set(what, { at: now, suppressed: 0 });
    // A QueueUnavailableError says what could not be done; why is in its cause.
    const { name, message } = withoutSecrets(error instanceof Error ? (error.cause ?? error) : error);
    const suppressed = last?.suppressed ?? 0;
    log.error({ ...fields, error_name: name, error_message: message, suppressed }, what);
  };
  const sayWell = (): void => {
    failing = false;
    recovery = undefined;
    said.clear();
    log.info({}, 'Redis is available again');
  };
  return {
    troubled,
    failed(what, error, fields) {
      failing = true;
      clearTimeout(recovery);
      recovery = undefined;
      troubled(what, error, fields);
    },
    recovered() {
      if (failing) recovery ??= setTimeout(sayWell, WELL_AFTER_MS).unref();
    },
  };
}

/**
 * Tells the log when a connection is lost and when it is back.
 * @returns disconnects it permanently, without a log line
 */
export function watchConnection(client: Redis, outages: OutageLog, fields: LogFields = {}): () => void {
  const lost = (error = new Error('the connection was closed')): void =>
    outages.failed('Redis is unavailable', error, fields);
  // Stays attached to the end: ioredis prints errors without a listener.
  client.on('error', lost);
  client.on('close', lost);
  client.on('ready', () => outages.recovered());
  return () => {
    client.off('close', lost);
    client.disconnect();
  };
}
