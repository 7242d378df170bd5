import type { Clock, Log } from '../ports.ts';

/** Everything that runs has this shape. `run` ends when the signal aborts; ending before is a fault. */
export interface Runnable {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Thrown by a part whose queue consumer takes no jobs although some wait. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}

export interface Supervision {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told which parts are down at the moment, by name, with the reason: what health shows. */
  readonly troubles: Map<string, string>;
  /** The part that the process is there for, when there is only one: being stuck, it ends the process. */
  readonly only?: string | undefined;
}

const RESTART_BASE_MS = 1_000;
const RESTART_CAP_MS = 30_000;

/**
 * Keeps every part running until the signal aborts: one that dies is logged, named and started again, the others
 * go on. Resolves when every part has ended after the stop. A process that is there for one part alone ends with it when
 * that is stuck, since a new process disturbs nothing else: all parts are stopped, and the error is thrown.
 */
export async function supervise(parts: readonly Runnable[], supervision: Supervision): Promise<void> {
  const { clock, log, troubles, only } = supervision;
  const failure = new AbortController();
  const signal = AbortSignal.any([supervision.signal, failure.signal]);
  const fail = (error: StuckError): void => failure.abort(error);
  await Promise.all(parts.map((part) => keep(part, { clock, log, troubles, only, signal, fail })));
  if (failure.signal.aborted) throw failure.signal.reason as StuckError;
}

async function keep(
  part: Runnable,
  { clock, log, signal, troubles, only, fail }: Supervision & { fail: (error: StuckError) => void },
): Promise<void> {
  const stopped = (): boolean => signal.aborted;
  for (let deaths = 0; !stopped(); deaths += 1) {
    const error = await endOf(part, signal);
    if (stopped()) {
      if (error !== undefined) log.error({ part: part.name, err: error }, 'service.part_failed_to_stop');
      return;
    }
    if (error instanceof StuckError && part.name === only) {
      fail(error);
      return;
    }
    const cause = error ?? new Error(`${part.name} stopped unexpectedly`);
    troubles.set(part.name, 'restarting');
    log.error({ part: part.name, deaths: deaths + 1, err: cause }, 'service.part_died');
    const waitMs = Math.min(RESTART_CAP_MS, RESTART_BASE_MS * 2 ** Math.min(deaths, 10));
    await clock.sleep(waitMs, signal).catch(() => undefined);
    troubles.delete(part.name);
  }
}

async function endOf(part: Runnable, signal: AbortSignal): Promise<Error | undefined> {
  try {
    await part.run(signal);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
