import { adviceFor } from '../../../domain/advice.ts';
import type { ProvisioningError } from '../../../domain/codec.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { nextStatus } from '../../../domain/state-machine.ts';
import type { Page } from '../../page.ts';
import { AdviceSide, AdviceText } from '../../views/advice.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { AwsRequest, Timeline, type Moment } from '../../views/timeline.tsx';
import { Copy, Copyable, Fact, Time } from '../../views/values.tsx';
import { Icon } from '../../views/icon.tsx';

export interface OnboardingView {
  readonly onboarding: Onboarding;
  readonly timeline: readonly Moment[];
}

export function onboardingPage({ onboarding, timeline }: OnboardingView): Page {
  return {
    title: onboarding.sourceName,
    body: ({ now, viewer }) => (
      <>
        <p class="back">
          <a class="plain soft" href="/onboardings">
            Onboardings
          </a>
        </p>
        <div id="head" class="stack" data-live>
          <h1 class="row close">
            <code class="title-code">{onboarding.sourceName}</code>
            <Copy text={onboarding.sourceName} what="source name" />
          </h1>
          <p class="row tall soft">
            <StatusBadge status={onboarding.status} />
            <span>
              updated <Time at={onboarding.updatedAt} now={now} />
            </span>
            {viewer?.mayOperate === true ? <Actions onboarding={onboarding} /> : null}
          </p>
          {onboarding.error === null ? null : <ErrorPanel error={onboarding.error} now={now} />}
        </div>
        <div class="columns">
          <section class="stack">
            <h2>Timeline</h2>
            <div id="timeline" data-live>
              <Timeline moments={timeline} now={now} />
            </div>
          </section>
          <section class="stack">
            <h2>Facts</h2>
            <div id="facts" data-live>
              <Facts onboarding={onboarding} now={now} />
            </div>
          </section>
        </div>
      </>
    ),
  };
}

/** What can be done with it now. Each leads to a page that shows what would happen; with a script it comes as a dialog. */
function Actions({ onboarding: { id, status } }: { onboarding: Onboarding }) {
  return (
    <span class="row close end">
      {nextStatus(status, 'replay') === undefined ? null : (
        <a class="button" href={`/onboardings/${id}/replay`} data-dialog>
          <Icon name="replay" />
          Replay
        </a>
      )}
      {nextStatus(status, 'cancel') === undefined ? null : (
        <a class="button" href={`/onboardings/${id}/cancel`} data-dialog>
          <Icon name="slash" />
          Cancel
        </a>
      )}
    </span>
  );
}

/** What went wrong, in AWS's words and in ours, and what to do about it. */
function ErrorPanel({ error, now }: { error: ProvisioningError; now: number }) {
  const advice = adviceFor(error.code, error.kind);
  return (
    <section class="panel marked-panel bad stack" aria-label="Error">
      <p class="row close">
        <b class="bad-text">{error.code}</b>
        <AdviceSide advice={advice} />
        <span class="end">
          <Time at={error.at} now={now} />
        </span>
      </p>
      <p class="said">{error.message}</p>
      {error.requestId === undefined ? null : <AwsRequest id={error.requestId} />}
      <h2>{advice.title}</h2>
      <AdviceText advice={advice} />
    </section>
  );
}

function Facts({ onboarding, now }: { onboarding: Onboarding; now: number }) {
  const { id, customerId, account, region, lane, eventSourceArn, arnOrigin, awsState, expiresAt } =
    onboarding;
  const { attempts, replays, callbackUrl, createdAt, completedAt, metadata } = onboarding;
  return (
    <dl class="facts">
      <Fact name="Account">
        <Copyable text={account} what="account" />
      </Fact>
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
      <Fact name="At AWS">{awsState ?? <Faint>not known</Faint>}</Fact>
      {expiresAt === null ? null : (
        <Fact name="To be accepted by">
          <Time at={expiresAt} now={now} />
        </Fact>
      )}
      <Fact name="Lane">{lane}</Fact>
      <Fact name="Attempts">
        {attempts}
        {replays === 0 ? null : <Faint>{`over ${replays} ${replays === 1 ? 'replay' : 'replays'}`}</Faint>}
      </Fact>
      <Fact name="Taken in">
        <Time at={createdAt} now={now} />
      </Fact>
      {completedAt === null ? null : (
        <Fact name="Ended">
          <Time at={completedAt} now={now} />
        </Fact>
      )}
      <Fact name="Callback">
        {callbackUrl === null ? <Faint>none of its own</Faint> : <code class="breaks">{callbackUrl}</code>}
      </Fact>
      {Object.entries(metadata).map(([key, value]) => (
        <Fact key={key} name={key}>
          <span class="breaks">{value}</span>
        </Fact>
      ))}
      <Fact name="Id">
        <Copyable text={id} what="id" />
      </Fact>
    </dl>
  );
}

const ARN_ORIGINS = {
  created: 'from the answer to the create call',
  described: 'read from AWS afterwards',
  derived: 'built from Region and name; AWS was not heard',
} as const;

const Faint = ({ children }: { children: string }) => <span class="faint">{children}</span>;
