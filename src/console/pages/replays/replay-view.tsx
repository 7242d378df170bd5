import type { Replay } from '../../../domain/replay.ts';
import { count, duration, rate } from '../../format.ts';
import type { Page } from '../../page.ts';
import { StatusBadge, type Tone } from '../../views/badge.tsx';
import { Copyable, Fact, Time } from '../../views/values.tsx';
import { inQueue, ReplayBar } from '../../views/charts.tsx';
import { filterWords, paceOf, stillFailedHref } from './summary.ts';

/** One replay of many: how far it has come, and how fast it goes. */
export function replayPage(replay: Replay): Page {
  const isRunning = replay.status === 'running';
  return {
    title: `Replay: ${replay.reason}`,
    body: ({ now, viewer }) => (
      <>
        <p class="back">
          <a class="plain soft" href="/replays">
            Replays
          </a>
        </p>
        <div id="head" class="stack" data-live data-refresh={isRunning ? '1' : '10'}>
          <h1 class="breaks">{replay.reason}</h1>
          <p class="row tall soft">
            <StatusBadge status={replay.status} />
            <span>{filterWords(replay.filter)}</span>
            {viewer?.mayOperate === true && isRunning ? (
              <span class="row close end">
                <a class="button" href={`/replays/${replay.id}/cancel`} data-dialog>
                  Cancel…
                </a>
              </span>
            ) : null}
          </p>
        </div>
        <div id="progress" class="panel stack progress" data-live>
          <Progress replay={replay} now={now} />
        </div>
        <div id="facts" data-live>
          <Facts replay={replay} now={now} />
        </div>
      </>
    ),
  };
}

function Progress({ replay, now }: { replay: Replay; now: number }) {
  const { matched, provisioned, failed, cancelled, skipped, waiting, status } = replay;
  const { ended, endedPerSecond, leftMs } = paceOf(replay, now);
  const percent = matched === 0 ? 100 : Math.floor((ended / matched) * 100);
  return (
    <>
      <p class="row soft">
        <span class="big">{percent} %</span>
        <span>
          {count(ended)} of {count(matched)} have ended
        </span>
        <span class="end">
          {rate(endedPerSecond)} a second
          {status === 'running' && leftMs !== null ? `, about ${duration(leftMs)} to go` : ''}
        </span>
      </p>
      <ReplayBar replay={replay} />
      <dl class="figures">
        <Count tone="good" name="provisioned" value={provisioned} />
        <Count tone="bad" name="failed again" value={failed} href={stillFailedHref(replay.filter)} />
        <Count tone="busy" name="in the queue" value={inQueue(replay)} />
        <Count
          tone="idle"
          name="skipped"
          value={skipped}
          title="When their turn came, not failed any more, or their Region was being drained"
        />
        <Count tone="idle" name="cancelled" value={cancelled} />
        <Count
          tone="none"
          name={status === 'cancelled' ? 'never queued' : 'not queued yet'}
          value={waiting}
        />
      </dl>
    </>
  );
}

interface CountProps {
  readonly tone: Tone | 'none';
  readonly name: string;
  readonly value: number;
  readonly href?: string;
  readonly title?: string;
}

function Count({ tone, name, value, href, title }: CountProps) {
  return (
    <div title={title}>
      <dt class={`key ${tone}`}>{name}</dt>
      <dd>{href !== undefined && value > 0 ? <a href={href}>{count(value)}</a> : count(value)}</dd>
    </div>
  );
}

function Facts({ replay, now }: { replay: Replay; now: number }) {
  const { actor, ratePerSecond, createdAt, endedAt, filter, id } = replay;
  return (
    <dl class="facts">
      <Fact name="By">{actor}</Fact>
      <Fact name="At most">
        {ratePerSecond === null ? (
          <span class="faint">as fast as the queue takes them</span>
        ) : (
          `${count(ratePerSecond)} a second into the queue`
        )}
      </Fact>
      <Fact name="Started">
        <Time at={createdAt} now={now} />
      </Fact>
      {endedAt === null ? null : (
        <Fact name="Ended">
          <Time at={endedAt} now={now} />
          <span class="faint">after {duration(Date.parse(endedAt) - Date.parse(createdAt))}</span>
        </Fact>
      )}
      <Fact name="Onboardings">
        <a href={stillFailedHref(filter)}>What of this is failed now</a>
      </Fact>
      <Fact name="Id">
        <Copyable text={id} what="id" />
      </Fact>
    </dl>
  );
}
