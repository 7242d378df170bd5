import type { DeliveryAttempt, LoggedDelivery } from '../../../domain/delivery.ts';
import type { Page } from '../../page.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { Timeline, type Moment } from '../../views/timeline.tsx';
import { Copyable, Fact, Time } from '../../views/values.tsx';
import { Icon } from '../../views/icon.tsx';
import { endpointOf } from './view.tsx';

/** One webhook delivery, with every call of its endpoint. */
export function deliveryPage(delivery: LoggedDelivery): Page {
  return {
    title: delivery.type,
    body: ({ now, viewer }) => (
      <>
        <p class="back">
          <a class="plain soft" href="/deliveries">
            Deliveries
          </a>
        </p>
        <div id="head" class="stack" data-live data-refresh="2">
          <h1>
            <code class="title-code">{delivery.type}</code>
          </h1>
          <p class="row tall soft">
            <StatusBadge status={delivery.status} />
            {delivery.errorCode === null ? null : <b class="bad-text">{delivery.errorCode}</b>}
            <span>
              updated <Time at={delivery.updatedAt} now={now} />
            </span>
            {viewer?.mayOperate === true ? (
              <span class="row close end">
                <a class="button" href={`/deliveries/${delivery.id}/replay`} data-dialog>
                  <Icon name="send" />
                  Send again
                </a>
              </span>
            ) : null}
          </p>
        </div>
        <div class="columns">
          <section class="stack">
            <h2>Calls</h2>
            <div id="calls" data-live>
              {delivery.log.length === 0 ? <p class="faint">It has not been sent yet.</p> : null}
              <Timeline moments={delivery.log.toReversed().map(callMoment)} now={now} />
            </div>
          </section>
          <section class="stack">
            <h2>Facts</h2>
            <div id="facts" data-live>
              <Facts delivery={delivery} now={now} />
            </div>
          </section>
        </div>
      </>
    ),
  };
}

/** One call of an endpoint. */
export function callMoment(attempt: DeliveryAttempt): Moment {
  const { number, replay, at, origin, statusCode, errorCode, durationMs, bodyStart } = attempt;
  const isDelivered = errorCode === null;
  return {
    at,
    tone: isDelivered ? 'good' : 'warn',
    icon: isDelivered ? 'check' : 'alert',
    title: `Call ${number}: ${errorCode ?? 'delivered'}${replay === 0 ? '' : `, replay ${replay}`}`,
    text: `${origin ?? 'not sent'}${statusCode === null ? '' : ` answered ${statusCode}`}`,
    body: bodyStart ?? undefined,
    durationMs,
  };
}

function Facts({ delivery, now }: { delivery: LoggedDelivery; now: number }) {
  const { id, onboardingId, number, late, replays, nextAttemptAt, createdAt, deliveredAt } = delivery;
  return (
    <dl class="facts">
      <Fact name="Endpoint">
        <span class="breaks">{endpointOf(delivery)}</span>
      </Fact>
      {onboardingId === null ? null : (
        <Fact name="Onboarding">
          <a class="breaks" href={`/onboardings/${onboardingId}`}>
            <code>{onboardingId}</code>
          </a>
        </Fact>
      )}
      {number === null ? null : (
        <Fact name="Tells of">
          end {number}
          {late ? <span class="faint">a success that came after it was given up</span> : null}
        </Fact>
      )}
      <Fact name="Replays">{replays}</Fact>
      {nextAttemptAt === null ? null : (
        <Fact name="Next call">
          <Time at={nextAttemptAt} now={now} />
        </Fact>
      )}
      <Fact name="Created">
        <Time at={createdAt} now={now} />
      </Fact>
      {deliveredAt === null ? null : (
        <Fact name="Delivered">
          <Time at={deliveredAt} now={now} />
        </Fact>
      )}
      <Fact name="webhook-id">
        <Copyable text={id} what="id" />
      </Fact>
    </dl>
  );
}
