import type { Replay } from '../../../domain/replay.ts';
import type { AdvisedFailures } from '../../../operations/failures.ts';
import { count, counted } from '../../format.ts';
import { ReplayWorth } from '../../views/badge.tsx';
import { ReplayBar, Sparkline } from '../../views/charts.tsx';
import { Time } from '../../views/values.tsx';

const SHOWN = 5;

/** The biggest groups of failures; each leads to its own, opened. */
export function FailureRows({ groups }: { groups: readonly AdvisedFailures[] }) {
  if (groups.length === 0) return <p class="faint">No failures.</p>;
  const more = groups.length - SHOWN;
  return (
    <>
      <ul class="brief">
        {groups.slice(0, SHOWN).map(({ errorCode, kind, count: size, advice, hours, lastSeenAt }) => (
          <li key={`${errorCode} ${kind}`}>
            <b>{count(size)}</b>
            <p>
              <a class="plain" href={`/failures?open=${encodeURIComponent(errorCode)}`}>
                {advice.title}
              </a>
              <span class="under">
                {errorCode} · last <Time at={lastSeenAt} />
              </span>
            </p>
            <Sparkline values={hours} label={`${count(hours.at(-1) ?? 0)} failed in the last hour`} />
            <ReplayWorth advice={advice} />
          </li>
        ))}
      </ul>
      {more > 0 ? (
        <p>
          <a href="/failures">View {counted(more, 'more cause')}</a>
        </p>
      ) : null}
    </>
  );
}

/** Replays of many that are under way. */
export function RunningReplays({ replays }: { replays: readonly Replay[] }) {
  if (replays.length === 0) return <p class="faint">No running replays.</p>;
  return (
    <ul class="brief">
      {replays.map((replay) => (
        <li key={replay.id}>
          <b>{count(replay.matched)}</b>
          <p>
            <a class="plain" href={`/replays/${replay.id}`}>
              {replay.reason}
            </a>
            <span class="under">
              {replay.actor} · <Time at={replay.createdAt} />
            </span>
          </p>
          <ReplayBar replay={replay} />
        </li>
      ))}
    </ul>
  );
}
