import type { Books, ReplayRow } from './books.ts';

/** What is wrong with the replays of many once all is at rest: each has ended, and its counts are those of its members. */
export function checkReplays({ replays }: Pick<Books, 'replays'>): readonly string[] {
  return replays.flatMap((replay) => wrongWith(replay).map((what) => `${replay.id} ${what}`));
}

function wrongWith(replay: ReplayRow): readonly string[] {
  const { members, matched, queued, skipped, provisioned, failed, cancelled, status } = replay;
  const ended = provisioned + failed + cancelled;
  const left = members['waiting'] ?? 0;
  const states = { skipped, provisioned, failed, cancelled };
  return [
    ...(status === 'running' ? ['is still running'] : []),
    ...(ended === queued ? [] : [`has queued ${queued}, of which ${ended} have ended`]),
    ...(queued + skipped + left === matched
      ? []
      : [`has a set of ${matched} and counts ${queued + skipped + left}`]),
    ...(status === 'completed' && left > 0 ? [`is completed, and ${left} never had their turn`] : []),
    ...Object.entries(states)
      .filter(([state, count]) => (members[state] ?? 0) !== count)
      .map(([state, count]) => `counts ${count} ${state}, and its members say ${members[state] ?? 0}`),
  ];
}
