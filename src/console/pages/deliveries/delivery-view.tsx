import type { DeliveryAttempt, LoggedDelivery } from '../../../domain/delivery.ts';
import { duration } from '../../format.ts';
import type { Page } from '../../page.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { Copyable, Fact, Time } from '../../views/values.tsx';
import { Icon } from '../../views/icon.tsx';
import { endpointOf } from './view.tsx';

/** One webhook delivery, with every call of its endpoint. */
export function deliveryPage(delivery: LoggedDelivery): Page {
  return {
    title: delivery.type,
    follows: 'deliveries',
    body: ({ now, viewer }) => (
      <>
        <p class="back">
          <a class="plain soft" href="/deliveries">
            Deliveries
          </a>
        </p>
        <div id="head" class="stack" data-live>
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
              <Calls delivery={delivery} now={now} />
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

function Calls({ delivery, now }: { delivery: LoggedDelivery; now: number }) {
  if (delivery.log.length === 0) return <p class="faint">It has not been sent yet.</p>;
  return (
    <ol class="marked timeline">
      {delivery.log.toReversed().map((attempt) => (
        <Call key={attempt.number} attempt={attempt} now={now} />
      ))}
    </ol>
  );
}

function Call({ attempt, now }: { attempt: DeliveryAttempt; now: number }) {
  const { number, replay, at, origin, statusCode, errorCode, durationMs, bodyStart } = attempt;
  const went = errorCode === null;
  return (
    <li class={went ? 'good' : 'warn'}>
      <span class="marker">
        <Icon name={went ? 'check' : 'alert'} />
      </span>
      <div>
        <p class="row close">
          <span>
            Call {number}: {errorCode ?? 'delivered'}
          </span>
          <span class="faint">{duration(durationMs)}</span>
          {replay === 0 ? null : <span class="chip">replay {replay}</span>}
          <span class="end">
            <Time at={at} now={now} />
          </span>
        </p>
        <p class="said">
          {[origin ?? 'not sent', statusCode === null ? undefined : `answered ${statusCode}`]
            .filter((part) => part !== undefined)
            .join(' ')}
        </p>
        {bodyStart === null || bodyStart === '' ? null : <p class="said sunk answer">{bodyStart}</p>}
      </div>
    </li>
  );
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
