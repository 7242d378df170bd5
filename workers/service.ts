/**
 * The life of one service process: open the door, compose, run the parts under supervision, stop once. A stop
 * has a deadline; what has not ended by then is left to the next start, which finds everything in the ledger.
 */
import { openFrontDoor, type FrontDoor } from '../src/api/http/front-door.ts';
import { compose, type Service } from '../src/compose.ts';
import { QueueUnavailableError } from '../src/domain/unavailable.ts';
import type { Clock, Log } from '../src/ports.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { aborted } from '../src/runtime/aborted.ts';
import { createClosers } from '../src/runtime/closers.ts';
import type { Config } from '../src/runtime/config.ts';
import { createLogger } from '../src/runtime/logger.ts';
import { createMetrics } from '../src/runtime/metrics/registry.ts';
import { logProcessWarnings } from '../src/runtime/process-warnings.ts';
import { packageVersion } from '../src/runtime/package.ts';
import { onStopSignal } from '../src/runtime/stop-signal.ts';
import { supervise, type Runnable } from '../src/runtime/supervisor.ts';
import { intakeQueueWorker } from './intake-queue.ts';
import { lifecycleWorker } from './lifecycle.ts';
import { maintenanceWorker, replaysWorker } from './maintenance.ts';
import { provisioningWorker } from './provisioning.ts';
import { alertsWorker, webhooksWorker } from './webhooks.ts';

/** A note lasts a minute. */
const SIGN_ON_EVERY_MS = 10_000;

/** Resolves with the exit code once everything has been closed. */
export async function runService(
  config: Config,
  { envFile }: { envFile?: string | undefined } = {},
): Promise<number> {
  const log = createLogger(config.logLevel, { run: config.parts.join(',') });
  const closers = createClosers(log);
  closers.add('process warnings', logProcessWarnings(log));
  const { draining, stopping } = onStopSignal(log, config.drainDelayMs);
  const unwatch = endOnUncaught(log);
  const hardStop = giveUpAfter(config.stopDeadlineMs, { stopping, log });
  try {
    const read = envFile === undefined ? {} : { env_file: envFile };
    log.info({ ...config.settings, ...read, parts: config.parts, node: process.version }, 'service.starting');
    await serve(config, { log, closers, draining, stopping });
    return 0;
  } catch (error) {
    if (stopping.aborted) return 0;
    log.error({ err: error }, 'service.failed');
    hardStop.begin();
    return 1;
  } finally {
    await closers.closeAll();
    hardStop.cancel();
    unwatch();
    log.info({}, 'service.stopped');
  }
}

async function serve(
  config: Config,
  {
    log,
    closers,
    draining,
    stopping,
  }: { log: Log; closers: ReturnType<typeof createClosers>; draining: AbortSignal; stopping: AbortSignal },
): Promise<void> {
  const clock = systemClock;
  const door = config.parts.includes('http')
    ? await openFrontDoor(config.host, config.port, { basePath: config.basePath })
    : undefined;
  if (door !== undefined) {
    closers.add('front door', () => door.close(0));
    draining.addEventListener('abort', () => door.drain(), { once: true });
  }
  const side =
    config.metricsPort === undefined ? undefined : await openFrontDoor(config.host, config.metricsPort);
  if (side !== undefined) closers.add('metrics door', () => side.close(0));
  const troubles = new Map<string, string>();
  const service = await compose(config, {
    log,
    clock,
    metrics: createMetrics({ version: packageVersion(), regions: config.regions, ofProcess: true }),
    closers,
    draining,
    stopping,
    troubles: () => Object.fromEntries(troubles),
    tell: (line) => process.stderr.write(`${line}\n`),
    url: door?.url,
  });
  const { sideApp } = service;
  if (sideApp !== undefined) side?.admit((request, response) => sideApp.routing(request, response));
  log.info(
    { url: config.publicUrl ?? door?.url, metrics_url: side?.url, regions: config.regions },
    'service.ready',
  );
  const running = (): readonly string[] => config.parts.filter((part) => !troubles.has(part));
  await supervise(partsOf(config, { service, door, log, running }), {
    clock,
    log,
    signal: stopping,
    troubles,
    only: config.parts.length === 1 ? config.parts[0] : undefined,
  });
}

function partsOf(
  config: Config,
  {
    service,
    door,
    log,
    running,
  }: { service: Service; door: FrontDoor | undefined; log: Log; running: () => readonly string[] },
): readonly Runnable[] {
  const chosen = config.parts.flatMap((part): Runnable[] => {
    switch (part) {
      case 'http':
        return service.app === undefined || door === undefined
          ? []
          : [httpWorker(service.app, door, config.stopDeadlineMs)];
      case 'provisioning':
        return [provisioningWorker(service, config.stopDeadlineMs)];
      case 'webhooks':
        return [webhooksWorker(service, config.stopDeadlineMs), ...alertsWorker(service)];
      case 'lifecycle':
        return [lifecycleWorker(service)];
      case 'maintenance':
        return [
          maintenanceWorker(service, { clock: systemClock, log }),
          replaysWorker(service, { clock: systemClock, log }),
          intakeQueueWorker(service, { clock: systemClock, log, stopDeadlineMs: config.stopDeadlineMs }),
        ];
    }
  });
  return [eventsWorker(service), presenceWorker(service, { clock: systemClock, running }), ...chosen];
}

/** Gives positions to what was committed. Every process runs it, so that what it commits is seen at once. */
export function eventsWorker({ events }: Pick<Service, 'events'>): Runnable {
  return { name: 'events', run: (signal) => events.keepPositions(signal) };
}

/** Says in Redis which parts this process runs, so that every process can tell which one nothing runs. */
export function presenceWorker(
  { signOn }: Pick<Service, 'signOn'>,
  { clock, running }: { clock: Clock; running: () => readonly string[] },
): Runnable {
  return {
    name: 'presence',
    async run(signal) {
      while (!signal.aborted) {
        // Without Redis it is not known who runs what, and its own health says so.
        await signOn(running()).catch((error: unknown) => {
          if (!(error instanceof QueueUnavailableError)) throw error;
        });
        await clock.sleep(SIGN_ON_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}

/** Answers HTTP until the stop; answers that have begun are finished, but for uploads that take half of the deadline. */
function httpWorker(app: NonNullable<Service['app']>, door: FrontDoor, stopDeadlineMs: number): Runnable {
  return {
    name: 'http',
    async run(signal) {
      door.admit((request, response) => app.routing(request, response));
      await aborted(signal);
      await door.close(stopDeadlineMs / 2);
    },
  };
}

/** A bug that no part caught: one line in the log, and the process ends, since its state is unknown. @returns stops watching */
function endOnUncaught(log: Log): () => void {
  const end = (error: unknown): void => {
    log.error({ err: error }, 'service.uncaught');
    // oxlint-disable-next-line no-restricted-properties -- nothing that still runs can be trusted to end
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
  return () => {
    process.off('uncaughtException', end);
    process.off('unhandledRejection', end);
  };
}

/** Ends the process when a stop takes longer than its deadline. */
function giveUpAfter(
  deadlineMs: number,
  { stopping, log }: { stopping: AbortSignal; log: Log },
): { begin(): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer ??= setTimeout(() => {
      log.error({ deadline_ms: deadlineMs }, 'service.stop_deadline_passed');
      // oxlint-disable-next-line no-restricted-properties -- the deadline is for whatever hangs, so nothing else can end it
      process.exit(1);
    }, deadlineMs);
  };
  stopping.addEventListener('abort', begin, { once: true });
  return { begin, cancel: () => clearTimeout(timer) };
}
