import { setMaxListeners } from 'node:events';
import { onTestFinished } from 'vitest';
import { createRateGate, type RateGateOptions, type SharedRateGate } from '../../src/queue/rate/rate-gate.ts';
import { freshPrefix } from './queue-fixtures.ts';
import { recordingLog } from './recording-log.ts';

/** In the service every job has a signal of its own; here many takers listen to one. */
export function endless(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}

export const NEVER = endless(new AbortController().signal);

/** A gate of 40 slots a second under a prefix of its own, unless the options say otherwise; closed after the test. */
export function openRateGate(
  options: Partial<RateGateOptions> & Pick<RateGateOptions, 'connection'>,
): SharedRateGate {
  const gate = createRateGate({
    prefix: freshPrefix(),
    perSecond: 40,
    checksPerSecond: 5,
    log: recordingLog(),
    ...options,
  });
  onTestFinished(() => gate.close());
  return gate;
}
