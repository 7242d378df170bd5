/**
 * One run of a leased webhook delivery: one call, a decision, one commit, which ends the lease. Delivered at least once: every
 * call of a delivery has the same id and body.
 */
import type { AlertSite } from '../domain/alert.ts';
import { eventBody, type DeliveryRun, type DeliverySaved, type DeliveryWrite } from '../domain/delivery.ts';
import {
  decideDelivery,
  endpointSign,
  type DeliveryDecision,
  type DeliveryPolicy,
  type SendResult,
} from '../domain/delivery-policy.ts';
import type { Random } from '../domain/retry-policy.ts';
import type { Clock, Log, Metrics } from '../ports.ts';
import type { WebhookLedger } from '../ports/webhooks.ts';
import type { Send } from './send.ts';

export interface DeliverDeps {
  readonly ledger: Pick<WebhookLedger, 'saveDeliveryAttempt' | 'releaseDelivery'>;
  readonly send: Send;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: DeliveryPolicy;
  readonly site: AlertSite;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'deliveryTried'>;
}

/** @param signal cuts the call: the delivery goes back, and no attempt is spent */
export async function deliver(deps: DeliverDeps, run: DeliveryRun, signal: AbortSignal): Promise<void> {
  if (run.url === null) return conclude(deps, run, notCalled('NoEndpoint'));
  if (run.endpointDisabled) return conclude(deps, run, notCalled('EndpointDisabled'));
  const { id, destination } = run.delivery;
  let result: SendResult;
  try {
    result = await deps.send({ id, url: run.url, destination, body: eventBody(run, deps.site) }, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    // Whether it arrived is not known, so it is sent again.
    return deps.ledger.releaseDelivery(run);
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

/** There is nowhere to send it to, or nothing is sent there any more. */
const notCalled = (code: 'NoEndpoint' | 'EndpointDisabled'): Conclusion => ({
  decision: { kind: 'failed', code },
  endpoint: 'none',
});

async function conclude(deps: DeliverDeps, run: DeliveryRun, conclusion: Conclusion): Promise<void> {
  const { delivery } = run;
  const write = writeOf(run, conclusion, deps.clock.now());
  const saved = await deps.ledger.saveDeliveryAttempt(write);
  deps.metrics.deliveryTried(delivery.destination, write.result.kind);
  logAttempt(deps.log, run, { write, saved });
}

function writeOf(run: DeliveryRun, { decision, result, endpoint }: Conclusion, now: number): DeliveryWrite {
  return {
    id: run.delivery.id,
    replays: run.delivery.replays,
    leasedUntil: run.leasedUntil,
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

/**
 * One wide line per attempt: of the URL only its origin, and of the response only its status. A disabled endpoint needs an
 * operator, so it has an error line of its own.
 */
function logAttempt(
  log: Log,
  { delivery }: DeliveryRun,
  { write, saved }: { write: DeliveryWrite; saved: DeliverySaved },
): void {
  const { id, destination } = delivery;
  const { attempt, result } = write;
  const { origin } = attempt;
  log[result.kind === 'failed' ? 'warn' : 'info'](
    {
      delivery_id: id,
      event_type: delivery.type,
      onboarding_id: delivery.onboardingId,
      number: delivery.number,
      destination,
      origin,
      attempt: delivery.attempts + 1,
      replay: delivery.replays,
      result: result.kind,
      status_code: attempt.statusCode,
      error_name: attempt.errorCode,
      duration_ms: Math.round(attempt.durationMs),
      saved: saved.verdict,
    },
    'delivery.attempted',
  );
  if (saved.disabled === undefined) return;
  log.error({ delivery_id: id, destination, origin, reason: saved.disabled }, 'delivery.endpoint_disabled');
}
