import type { AdvisedFailures } from '../../../operations/failures.ts';
import { count, counted } from '../../numbers.ts';
import { ReplayWorth } from '../../views/badge.tsx';
import { Sparkline } from '../../views/sparkline.tsx';
import { Time } from '../../views/time.tsx';

const SHOWN = 5;

/** The biggest groups of failures; each leads to its own, opened. */
export function FailureRows({ groups, now }: { groups: readonly AdvisedFailures[]; now: number }) {
  if (groups.length === 0) return <p class="nothing">Nothing has failed.</p>;
  const more = groups.length - SHOWN;
  return (
    <>
      <ul class="brief">
        {groups.slice(0, SHOWN).map(({ errorCode, kind, count: size, advice, hours, lastSeenAt }) => (
          <li key={`${errorCode} ${kind}`}>
            <b class="brief-number">{count(size)}</b>
            <p>
              <a href={`/failures?open=${encodeURIComponent(errorCode)}`}>{advice.title}</a>
              <span class="faint">
                {errorCode} · last <Time at={lastSeenAt} now={now} />
              </span>
            </p>
            <Sparkline values={hours} label={`${count(hours.at(-1) ?? 0)} failed in the last hour`} />
            <ReplayWorth advice={advice} />
          </li>
        ))}
      </ul>
      {more > 0 ? (
        <p class="more">
          <a href="/failures">{counted(more, 'more cause')}</a>
        </p>
      ) : null}
    </>
  );
}
