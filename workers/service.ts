/**
 * The life of one service process: open the door, compose, run the parts under supervision, stop once. A stop
 * has a deadline; what has not ended by then is left to the next start, which finds everything in the ledger.
 */
import { openFrontDoor, type FrontDoor } from '../src/api/http/front-door.ts';
import { compose, type Service } from '../src/compose.ts';
import type { Log } from '../src/ports.ts';
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
import { maintenanceWorker, replaysWorker } from './maintenance.ts';
import { provisioningWorker } from './provisioning.ts';
import { webhooksWorker } from './webhooks.ts';

/** Resolves with the exit code once everything has been closed. */
export async function runService(config: Config): Promise<number> {
  const log = createLogger(config.logLevel, { run: config.parts.join(',') });
  const closers = createClosers(log);
  closers.add('process warnings', logProcessWarnings(log));
  const stopping = onStopSignal(log);
  const hardStop = giveUpAfter(config.stopDeadlineMs, { stopping, log });
  try {
    log.info({ ...config.settings, parts: config.parts, node: process.version }, 'service.starting');
    await serve(config, { log, closers, stopping });
    return 0;
  } catch (error) {
    if (stopping.aborted) return 0;
    log.error({ err: error }, 'service.failed');
    hardStop.begin();
    return 1;
  } finally {
    await closers.closeAll();
    hardStop.cancel();
    log.info({}, 'service.stopped');
  }
}

async function serve(
  config: Config,
  { log, closers, stopping }: { log: Log; closers: ReturnType<typeof createClosers>; stopping: AbortSignal },
): Promise<void> {
  const clock = systemClock;
  const door = config.parts.includes('http') ? await openFrontDoor(config.host, config.port) : undefined;
  if (door !== undefined) closers.add('front door', () => door.close(0));
  const side =
    config.metricsPort === undefined ? undefined : await openFrontDoor(config.host, config.metricsPort);
  if (side !== undefined) closers.add('metrics door', () => side.close(0));
  const troubles = new Map<string, string>();
  const service = await compose(config, {
    log,
    clock,
    metrics: createMetrics({ version: packageVersion(), regions: config.regions, ofProcess: true }),
    closers,
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
  await supervise(partsOf(config, { service, door, log }), {
    clock,
    log,
    signal: stopping,
    troubles,
    only: config.parts.length === 1 ? config.parts[0] : undefined,
  });
}

function partsOf(
  config: Config,
  { service, door, log }: { service: Service; door: FrontDoor | undefined; log: Log },
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
        return [webhooksWorker(service, config.stopDeadlineMs)];
      case 'maintenance':
        return [
          maintenanceWorker(service, { clock: systemClock, log }),
          replaysWorker(service, { clock: systemClock, log }),
          intakeQueueWorker(service, { clock: systemClock, log, stopDeadlineMs: config.stopDeadlineMs }),
        ];
    }
  });
  return [eventsWorker(service), ...chosen];
}

/** Gives positions to what was committed. Every process runs it, so that what it commits is seen at once. */
export function eventsWorker({ events }: Pick<Service, 'events'>): Runnable {
  return { name: 'events', run: (signal) => events.keepPositions(signal) };
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
