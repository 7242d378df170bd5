import { pino } from 'pino';
import type { Log } from '../ports.ts';
import { systemClock } from './clock.ts';
import { withRareOutageLines } from './outage-lines.ts';

/**
 * JSON lines on stdout. Redaction is a net, not the rule: nobody hands a secret to the log in the first place.
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
