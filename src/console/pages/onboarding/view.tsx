import { adviceFor } from '../../../domain/advice.ts';
import { fillAdvice } from '../../../domain/fill-advice.ts';
import type { ProvisioningError } from '../../../domain/codec.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { nextStatus } from '../../../domain/state-machine.ts';
import type { Page } from '../../page.ts';
import { counted } from '../../format.ts';
import { AdviceSide, AdviceText } from '../../views/advice.tsx';
import { ConnectionBadge, StatusBadge } from '../../views/badge.tsx';
import { Csrf } from '../../views/forms.tsx';
import { Icon } from '../../views/icon.tsx';
import { ActionLink, Back, ForOperators, Section } from '../../views/detail.tsx';
import { AwsRequest, Timeline, type Moment } from '../../views/timeline.tsx';
import { Copy, Copyable, Fact, Time } from '../../views/values.tsx';

export interface OnboardingView {
  readonly onboarding: Onboarding;
  readonly timeline: readonly Moment[];
}

export const onboardingPage = ({ onboarding, timeline }: OnboardingView): Page => ({
  title: onboarding.sourceName,
  body: (
    <>
      <Back to="/onboardings">Onboardings</Back>
      <div id="head" class="stack" data-live>
        <h1 class="row close">
          <code class="title-code">{onboarding.sourceName}</code>
          <Copy text={onboarding.sourceName} what="source name" />
        </h1>
        <p class="row tall soft">
          <StatusBadge status={onboarding.status} />
          {onboarding.connection === null ? null : <ConnectionBadge connection={onboarding.connection} />}
          <span>
            updated <Time at={onboarding.updatedAt} />
          </span>
          <Actions onboarding={onboarding} />
        </p>
        {onboarding.error === null ? null : <ErrorPanel onboarding={onboarding} error={onboarding.error} />}
      </div>
      <div class="columns">
        <Section id="timeline" title="Timeline">
          <Timeline moments={timeline} />
        </Section>
        <Section id="facts" title="Details">
          <Facts onboarding={onboarding} />
        </Section>
      </div>
    </>
  ),
});

/** What can be done with it now. */
function Actions({ onboarding: { id, status } }: { onboarding: Onboarding }) {
  return (
    <ForOperators>
      {nextStatus(status, 'replay') === undefined ? null : (
        <ActionLink href={`/onboardings/${id}/replay`} icon="replay">
          Replay onboarding
        </ActionLink>
      )}
      {nextStatus(status, 'cancel') === undefined ? null : (
        <ActionLink href={`/onboardings/${id}/cancel`} icon="slash">
          Cancel onboarding
        </ActionLink>
      )}
    </ForOperators>
  );
}

/** What went wrong, in AWS's words and in ours, and what to do about it. */
function ErrorPanel({ onboarding, error }: { onboarding: Onboarding; error: ProvisioningError }) {
  const { region, sourceName } = onboarding;
  const { at: firstSeenAt, requestId } = error;
  const facts = { sourceName, regions: [region], firstSeenAt, requestId, count: 1 };
  const advice = fillAdvice(adviceFor(error.code, error.kind), facts);
  return (
    <section class="panel marked-panel bad stack" aria-label="Error">
      <p class="row close">
        <b class="bad-text">{error.code}</b>
        <AdviceSide advice={advice} />
        <span class="end">
          <Time at={error.at} />
        </span>
      </p>
      <p class="said">{error.message}</p>
      {error.requestId === undefined ? null : <AwsRequest id={error.requestId} />}
      <h2>{advice.title}</h2>
      <AdviceText advice={advice} />
    </section>
  );
}

function Facts({ onboarding }: { onboarding: Onboarding }) {
  const { id, customerId, account, region, lane, eventSourceArn, arnOrigin } = onboarding;
  const { attempts, replays, callbackUrl, createdAt, completedAt, metadata } = onboarding;
  return (
    <dl class="facts">
      <Fact name="Account" text={account} />
      <Fact name="Customer">
        {customerId === null ? <Faint>none</Faint> : <Copyable text={customerId} what="customer" />}
      </Fact>
      <Fact name="Region">
        <code>{region}</code>
      </Fact>
      <Fact name="ARN">
        {eventSourceArn === null ? <Faint>not yet</Faint> : <Copyable text={eventSourceArn} what="ARN" />}
        {arnOrigin === null ? null : <Faint>{ARN_ORIGINS[arnOrigin]}</Faint>}
      </Fact>
      <Followed onboarding={onboarding} />
      <Fact name="Lane">{lane}</Fact>
      <Fact name="Attempts">
        {attempts}
        {replays === 0 ? null : <Faint>{`in ${counted(replays, 'replay')}`}</Faint>}
      </Fact>
      <Fact name="Accepted" at={createdAt} />
      <Fact name="Ended" at={completedAt} />
      <Fact name="Callback">
        {callbackUrl === null ? <Faint>default</Faint> : <code class="breaks">{callbackUrl}</code>}
      </Fact>
      {Object.entries(metadata).map(([key, value]) => (
        <Fact key={key} name={key}>
          <span class="breaks">{value}</span>
        </Fact>
      ))}
      <Fact name="Id" text={id} />
    </dl>
  );
}

/** How far the customer is, as of when. */
function Followed({ onboarding }: { onboarding: Onboarding }) {
  const { id, connection, awsState, expiresAt, expiresAtOrigin, connectedAt } = onboarding;
  const { checkedAt, nextCheckAt, checkError } = onboarding;
  if (connection === null) return null;
  return (
    <>
      <Fact name="AWS state">
        {awsState ?? <Faint>unknown</Faint>}
        <span class="faint">
          {checkedAt === null ? (
            'not looked at yet'
          ) : (
            <>
              as of <Time at={checkedAt} />
            </>
          )}
        </span>
      </Fact>
      {checkError === null ? null : (
        <Fact name="Last look">
          <span class="bad-text">{checkError.code}</span> <Time at={checkError.at} />
        </Fact>
      )}
      <Fact name="Next look">
        {nextCheckAt === null ? null : <Time at={nextCheckAt} />}
        <ForOperators>
          <form method="post" action={`/onboardings/${id}/check`}>
            <Csrf />
            <button class="quiet" type="submit">
              <Icon name="replay" />
              Check now
            </button>
          </form>
        </ForOperators>
      </Fact>
      {expiresAt === null ? null : (
        <Fact name="Customer accepts by">
          <Time at={expiresAt} />
          {expiresAtOrigin === 'assumed' ? <Faint>assumed, AWS has not named a date</Faint> : null}
        </Fact>
      )}
      <Fact name="Connected" at={connectedAt} />
    </>
  );
}

const ARN_ORIGINS = {
  created: 'from the create response',
  described: 'read from AWS later',
  derived: 'built from Region and name, not confirmed by AWS',
} as const;

const Faint = ({ children }: { children: string }) => <span class="faint">{children}</span>;
