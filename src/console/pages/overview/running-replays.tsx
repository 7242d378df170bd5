import type { Replay } from '../../../domain/replay.ts';
import { count } from '../../numbers.ts';
import { ReplayBar } from '../../views/replay-sign.tsx';
import { Time } from '../../views/time.tsx';

/** Replays of many that are under way. */
export function RunningReplays({ replays, now }: { replays: readonly Replay[]; now: number }) {
  if (replays.length === 0) return <p class="nothing">None is under way.</p>;
  return (
    <ul class="brief">
      {replays.map((replay) => (
        <li key={replay.id}>
          <b class="brief-number">{count(replay.matched)}</b>
          <p>
            <a href={`/replays/${replay.id}`}>{replay.reason}</a>
            <span class="faint">
              {replay.actor} · <Time at={replay.createdAt} now={now} />
            </span>
          </p>
          <ReplayBar replay={replay} />
        </li>
      ))}
    </ul>
  );
}
