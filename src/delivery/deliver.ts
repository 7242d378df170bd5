/**
 * Delivery: one job run of a notification. Loads the row, makes one call, decides, commits the attempt and only then
 * tells the queue. Called by the queue's consumers alone. Delivered at least once: nothing here assumes that a call
 * happened once, and every call of one notification says the same under the same id.
 */
import { eventBody, type DeliveryRun, type DeliveryWrite } from '../domain/delivery.ts';
import {
  decideDelivery,
  endpointSign,
  type DeliveryDecision,
  type DeliveryPolicy,
  type SendResult,
} from '../domain/delivery-policy.ts';
import type { JobVerdict } from '../domain/job.ts';
import type { Random } from '../domain/retry-policy.ts';
import type { Clock, Log, Metrics } from '../ports.ts';
import type { DeliveryLedger } from '../ports/delivery-ledger.ts';
import type { DeliveryHandler, Notifier } from '../ports/notifications.ts';
import { logDisabled, logTried } from './delivery-log.ts';

export interface DeliverDeps {
  readonly ledger: Pick<DeliveryLedger, 'loadDelivery' | 'saveDeliveryAttempt'>;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: DeliveryPolicy;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'deliveryTried'>;
}

/** So many calls of one origin at a time: an endpoint that hangs leaves the other places to the other endpoints. */
const AT_ONE_ORIGIN = 10;
const PLACE_TAKEN_MS = { least: 500, spread: 1_500 };

/** Makes the handler that the queue calls for each job run. */
export function createDeliverer(deps: DeliverDeps): DeliveryHandler {
  const calling = new Map<string, number>();

  return async ({ deliveryId, replays }, signal) => {
    const run = await deps.ledger.loadDelivery(deliveryId);
    if (run === undefined) {
      deps.log.warn({ delivery_id: deliveryId }, 'delivery.unknown');
      return { kind: 'done' };
    }
    if (run.delivery.status !== 'waiting' || run.delivery.replays !== replays) return { kind: 'done' };
    if (run.url === null) return conclude(deps, run, NO_ENDPOINT);
    if (run.endpointDisabled) return conclude(deps, run, ENDPOINT_DISABLED);
    const origin = new URL(run.url).origin;
    const others = calling.get(origin) ?? 0;
    if (others >= AT_ONE_ORIGIN) return placeTaken(deps.random);
    calling.set(origin, others + 1);
    try {
      return await call(deps, { run, url: run.url }, signal);
    } finally {
      const left = (calling.get(origin) ?? 1) - 1;
      if (left === 0) calling.delete(origin);
      else calling.set(origin, left);
    }
  };
}

async function call(
  deps: DeliverDeps,
  { run, url }: { run: DeliveryRun; url: string },
  signal: AbortSignal,
): Promise<JobVerdict> {
  const { id, destination } = run.delivery;
  let result: SendResult;
  try {
    result = await deps.notifier.send({ id, url, destination, body: eventBody(run) }, signal);
  } catch (error) {
    // Cut by a stop: whether it arrived is not known, so it is sent again, and no attempt is spent.
    if (signal.aborted) return { kind: 'putBack' };
    throw error;
  }
  const now = deps.clock.now();
  const { random, policy } = deps;
  const decision = decideDelivery(result, { now, random, policy, tries: run.tries, beganAt: run.beganAt });
  return conclude(deps, run, { decision, result, endpoint: endpointSign(result) });
}

interface Conclusion {
  readonly decision: DeliveryDecision;
  readonly result?: SendResult;
  readonly endpoint: DeliveryWrite['endpoint'];
}

/** Ends that no call was made for: there is nowhere to send to, or nothing is sent there any more. */
const NO_ENDPOINT: Conclusion = { decision: { kind: 'failed', code: 'NoEndpoint' }, endpoint: 'none' };
const ENDPOINT_DISABLED: Conclusion = {
  decision: { kind: 'failed', code: 'EndpointDisabled' },
  endpoint: 'none',
};

async function conclude(deps: DeliverDeps, run: DeliveryRun, conclusion: Conclusion): Promise<JobVerdict> {
  const { delivery } = run;
  const { decision } = conclusion;
  const write = writeOf(run, conclusion, deps.clock.now());
  const { verdict, disabled } = await deps.ledger.saveDeliveryAttempt(write);
  deps.metrics.deliveryTried(delivery.destination, decision.kind);
  logTried(deps.log, delivery, { attempt: write.attempt, result: decision.kind, verdict });
  if (disabled !== undefined) logDisabled(deps.log, delivery, { disabled, origin: write.attempt.origin });
  if (verdict === 'saved') return verdictOf(decision);
  // Another run was faster, and whoever holds the job's lock speaks to the queue: it says what the ledger says now.
  return standing(deps, run);
}

function writeOf(run: DeliveryRun, { decision, result, endpoint }: Conclusion, now: number): DeliveryWrite {
  const { id, replays, attempts } = run.delivery;
  return {
    id,
    replays,
    follows: attempts,
    attempt: {
      at: new Date(now).toISOString(),
      origin: run.url === null ? null : new URL(run.url).origin,
      statusCode: result?.kind === 'answered' ? result.statusCode : null,
      errorCode: decision.kind === 'delivered' ? null : decision.code,
      durationMs: result?.durationMs ?? 0,
      bodyStart: result?.kind === 'answered' ? result.bodyStart : null,
    },
    result:
      decision.kind === 'retry'
        ? { kind: 'retry', nextAttemptAt: new Date(now + decision.delayMs).toISOString() }
        : { kind: decision.kind },
    endpoint,
  };
}

function verdictOf(decision: DeliveryDecision): JobVerdict {
  return decision.kind === 'delivered' ? { kind: 'done' } : decision;
}

async function standing(deps: DeliverDeps, { delivery }: DeliveryRun): Promise<JobVerdict> {
  const now = await deps.ledger.loadDelivery(delivery.id);
  const at = now?.delivery.nextAttemptAt;
  if (at === undefined || at === null || now?.delivery.replays !== delivery.replays) return { kind: 'done' };
  return { kind: 'snooze', delayMs: Math.max(0, Date.parse(at) - deps.clock.now()), code: 'Overtaken' };
}

function placeTaken(random: Random): JobVerdict {
  const delayMs = PLACE_TAKEN_MS.least + random() * PLACE_TAKEN_MS.spread;
  return { kind: 'snooze', delayMs, code: 'EndpointBusy' };
}
