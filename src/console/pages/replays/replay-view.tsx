import type { Replay } from '../../../domain/replay.ts';
import { count, duration, rate } from '../../format.ts';
import { hrefOf } from '../../query.ts';
import { usePage, type Page } from '../../page.ts';
import { StatusBadge } from '../../views/badge.tsx';
import { ActionLink, Back, ForOperators } from '../../views/detail.tsx';
import { Fact, Figure } from '../../views/values.tsx';
import { PausedRegions } from './start-view.tsx';
import { inQueue, ReplayBar } from '../../views/charts.tsx';
import { filterWords, paceOf, replayTitle, stillFailedHref } from './summary.ts';

/** One replay of many: how far it has come, and how fast it goes. */
export function replayPage(replay: Replay): Page {
  const isRunning = replay.status === 'running';
  return {
    title: `Replay: ${replayTitle(replay)}`,
    body: (
      <>
        <Back to="/replays">Replays</Back>
        <div id="head" class="stack" data-live data-refresh={isRunning ? '1' : '10'}>
          <h1 class="breaks">{replayTitle(replay)}</h1>
          <p class="row tall soft">
            <StatusBadge status={replay.status} />
            <span>{filterWords(replay.filter)}</span>
            {isRunning ? (
              <ForOperators>
                <ActionLink href={`/replays/${replay.id}/cancel`} icon="slash">
                  Cancel replay…
                </ActionLink>
              </ForOperators>
            ) : null}
          </p>
        </div>
        <div id="progress" class="panel stack progress" data-live>
          <Progress replay={replay} />
        </div>
        <div id="facts" data-live>
          <Facts replay={replay} />
        </div>
      </>
    ),
  };
}

function Progress({ replay }: { replay: Replay }) {
  const { matched, provisioned, failed, cancelled, skipped, waiting, status } = replay;
  const { ended, endedPerSecond, leftMs } = paceOf(replay, usePage().now);
  const percent = matched === 0 ? 100 : Math.floor((ended / matched) * 100);
  return (
    <>
      <p class="row soft">
        <span class="big">{percent} %</span>
        <span>
          {count(ended)} of {count(matched)} finished
        </span>
        <span class="end">
          {rate(endedPerSecond)} per second
          {status === 'running' && leftMs !== null ? `, about ${duration(leftMs)} left` : ''}
        </span>
      </p>
      <ReplayBar replay={replay} />
      <PausedRegions regions={replay.pausedRegions} />
      <dl class="figures">
        <Figure tone="good" name="provisioned" value={provisioned} />
        <Figure tone="bad" name="failed again" value={failed} href={stillFailedHref(replay.filter)} />
        <Figure tone="busy" name="in the queue" value={inQueue(replay)} />
        <Figure
          tone="idle"
          name="skipped"
          value={skipped}
          note="No longer failed when their turn came, or their Region was draining"
        />
        <Figure tone="idle" name="cancelled" value={cancelled} />
        <Figure
          tone="none"
          name={status === 'cancelled' ? 'never queued' : 'not queued yet'}
          value={waiting}
        />
      </dl>
    </>
  );
}

function Facts({ replay }: { replay: Replay }) {
  const { actor, ratePerSecond, createdAt, endedAt, filter, id } = replay;
  const took = endedAt && duration(Date.parse(endedAt) - Date.parse(createdAt));
  return (
    <dl class="facts">
      <Fact name="Actor">{actor}</Fact>
      <Fact name="Rate limit">
        {ratePerSecond === null ? (
          <span class="faint">none</span>
        ) : (
          `${count(ratePerSecond)} queued per second`
        )}
      </Fact>
      <Fact name="Started" at={createdAt} />
      <Fact name="Ended" at={endedAt}>
        <span class="faint">after {took}</span>
      </Fact>
      <Fact name="Onboardings">
        <a href={stillFailedHref(filter)}>View failed onboardings</a>
      </Fact>
      <Fact name="Audit">
        <a href={hrefOf('/audit', { replayId: id })}>View each replayed onboarding</a>
      </Fact>
      <Fact name="Id" text={id} />
    </dl>
  );
}
