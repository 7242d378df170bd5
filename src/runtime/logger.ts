import { pino } from 'pino';
import { LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
import type { Clock, Log, LogFields } from '../ports.ts';
import { systemClock } from './clock.ts';

/**
 * JSON lines on stdout. Redaction is a net, not the rule: secrets are not passed to the log in the first place.
 */
export function createLogger(level: 'debug' | 'info' | 'warn' | 'error', base: { run: string }): Log {
  const lines = pino({
    level,
    base: { service: 'eventbridge-partner-onboarding', ...base },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['authorization', 'token', 'password', '*.authorization', '*.token', '*.password'],
      censor: '[redacted]',
    },
    serializers: { err: describeError },
  });
  return withRareOutageLines(lines, systemClock);
}

/** Name, message and stack, the cause in one line: never the vendor's own members, which can hold connection strings. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {}),
  };
}

const ONE_LINE_EVERY_MS = 30_000;

/**
 * A log that repeats each line about an outage of Redis or the ledger at most once per half minute, with the number
 * suppressed. Recognized by the class of the field `err`; all other lines pass.
 */
export function withRareOutageLines(log: Log, clock: Pick<Clock, 'now'>): Log {
  const said = new Map<string, { at: number; suppressed: number }>();
  const rarely =
    (level: keyof Log) =>
    (fields: LogFields, message: string): void => {
      if (!isOutage(fields['err'])) {
        log[level](fields, message);
        return;
      }
      const now = clock.now();
      const last = said.get(message);
      if (last !== undefined && now - last.at < ONE_LINE_EVERY_MS) {
        last.suppressed += 1;
        return;
      }
      said.set(message, { at: now, suppressed: 0 });
      const suppressed = last?.suppressed ?? 0;
      log[level](suppressed === 0 ? fields : { ...fields, suppressed }, message);
    };
  return { debug: rarely('debug'), info: rarely('info'), warn: rarely('warn'), error: rarely('error') };
}

function isOutage(error: unknown): boolean {
  return error instanceof LedgerUnavailableError || error instanceof QueueUnavailableError;
}
