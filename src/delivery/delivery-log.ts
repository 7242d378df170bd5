import type { Delivery, DeliverySaved, DeliveryWrite, EndpointDisabled } from '../domain/delivery.ts';
import type { DeliveryDecision } from '../domain/delivery-policy.ts';
import type { Log } from '../ports.ts';

/**
 * The one wide line per call of an endpoint. Of the address only its origin, which holds neither credentials nor a
 * query; nothing of what was sent, and nothing of the answer but its status.
 */
export function logTried(
  log: Log,
  delivery: Delivery,
  tried: {
    attempt: DeliveryWrite['attempt'];
    result: DeliveryDecision['kind'];
    verdict: DeliverySaved['verdict'];
  },
): void {
  const { attempt, result, verdict } = tried;
  log[result === 'failed' ? 'warn' : 'info'](
    {
      delivery_id: delivery.id,
      event_type: delivery.type,
      onboarding_id: delivery.onboardingId,
      number: delivery.number,
      destination: delivery.destination,
      origin: attempt.origin,
      attempt: delivery.attempts + 1,
      replay: delivery.replays,
      result,
      status_code: attempt.statusCode,
      error_name: attempt.errorCode,
      duration_ms: Math.round(attempt.durationMs),
      saved: verdict,
    },
    'delivery.attempted',
  );
}

/** Somebody has to act: nothing is sent there until a delivery is replayed. */
export function logDisabled(
  log: Log,
  delivery: Delivery,
  { disabled, origin }: { disabled: EndpointDisabled; origin: string | null },
): void {
  const { id, destination } = delivery;
  log.error({ delivery_id: id, destination, origin, reason: disabled }, 'delivery.endpoint_disabled');
}
