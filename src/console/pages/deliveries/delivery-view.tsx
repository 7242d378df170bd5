import type { DeliveryAttempt, LoggedDelivery } from '../../../domain/delivery.ts';
import type { Page } from '../../page.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { ActionLink, Back, ForOperators, Section } from '../../views/detail.tsx';
import { Timeline, type Moment } from '../../views/timeline.tsx';
import { Fact, Time } from '../../views/values.tsx';
import { endpointOf } from './view.tsx';

/** One webhook delivery, with every call of its endpoint. */
export const deliveryPage = (delivery: LoggedDelivery): Page => ({
  title: delivery.type,
  body: (
    <>
      <Back to="/deliveries">Deliveries</Back>
      <div id="head" class="stack" data-live data-refresh="2">
        <h1>
          <code class="title-code">{delivery.type}</code>
        </h1>
        <p class="row tall soft">
          <StatusBadge status={delivery.status} />
          {delivery.errorCode === null ? null : <b class="bad-text">{delivery.errorCode}</b>}
          <span>
            updated <Time at={delivery.updatedAt} />
          </span>
          <ForOperators>
            <ActionLink href={`/deliveries/${delivery.id}/replay`} icon="send">
              Resend webhook
            </ActionLink>
          </ForOperators>
        </p>
      </div>
      <div class="columns">
        <Section id="calls" title="Attempts">
          {delivery.log.length === 0 ? <p class="faint">Not sent yet.</p> : null}
          <Timeline moments={delivery.log.toReversed().map(callMoment)} />
        </Section>
        <Section id="facts" title="Details">
          <Facts delivery={delivery} />
        </Section>
      </div>
    </>
  ),
});

/** One call of an endpoint. */
export function callMoment(attempt: DeliveryAttempt): Moment {
  const { number, replay, at, origin, statusCode, errorCode, durationMs, bodyStart } = attempt;
  const isDelivered = errorCode === null;
  return {
    at,
    tone: isDelivered ? 'good' : 'warn',
    icon: isDelivered ? 'check' : 'alert',
    title: `Attempt ${number}: ${errorCode ?? 'delivered'}${replay === 0 ? '' : `, replay ${replay}`}`,
    text: `${origin ?? 'not sent'}${statusCode === null ? '' : ` responded ${statusCode}`}`,
    body: bodyStart ?? undefined,
    durationMs,
  };
}

function Facts({ delivery }: { delivery: LoggedDelivery }) {
  const { id, onboardingId, number, late, replays, nextAttemptAt, createdAt, deliveredAt } = delivery;
  return (
    <dl class="facts">
      <Fact name="Endpoint">
        <span class="breaks">{endpointOf(delivery)}</span>
      </Fact>
      <Fact name="Onboarding">
        {onboardingId && (
          <a class="breaks" href={`/onboardings/${onboardingId}`}>
            <code>{onboardingId}</code>
          </a>
        )}
      </Fact>
      {number === null ? null : (
        <Fact name="Result">
          number {number}
          {late ? <span class="faint">a success after the onboarding had failed</span> : null}
        </Fact>
      )}
      <Fact name="Replays">{replays}</Fact>
      <Fact name="Next attempt" at={nextAttemptAt} />
      <Fact name="Created" at={createdAt} />
      <Fact name="Delivered" at={deliveredAt} />
      <Fact name="webhook-id" text={id} />
    </dl>
  );
}
