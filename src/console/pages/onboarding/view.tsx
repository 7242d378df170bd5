import type { Onboarding } from '../../../domain/onboarding.ts';
import { nextStatus } from '../../../domain/state-machine.ts';
import type { Page } from '../../respond.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { Copy, Copyable } from '../../views/copy.tsx';
import { Fact } from '../../views/fact.tsx';
import { Icon } from '../../views/icon.tsx';
import { Time } from '../../views/time.tsx';
import { ErrorPanel } from './error-panel.tsx';
import type { Moment } from './timeline.ts';
import { Timeline } from './timeline-view.tsx';

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
          <a href="/onboardings">Onboardings</a>
        </p>
        <div id="head" data-live>
          <h1 class="source-title">
            <code>{onboarding.sourceName}</code>
            <Copy text={onboarding.sourceName} what="source name" />
          </h1>
          <p class="under-title">
            <StatusBadge status={onboarding.status} />
            <span>
              updated <Time at={onboarding.updatedAt} now={now} />
            </span>
            {viewer?.mayOperate === true ? <Actions onboarding={onboarding} /> : null}
          </p>
          {onboarding.error === null ? null : <ErrorPanel error={onboarding.error} now={now} />}
        </div>
        <div class="columns">
          <section>
            <h2>Timeline</h2>
            <div id="timeline" data-live>
              <Timeline moments={timeline} now={now} />
            </div>
          </section>
          <section>
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
    <span class="actions">
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
