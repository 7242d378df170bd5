import type { Replay, ReplayStatus } from '../../domain/replay.ts';
import { count } from '../numbers.ts';
import { Badge, type Tone } from './badge.tsx';
import type { IconName } from './icon.tsx';
import { ShareBar } from './share-bar.tsx';

const LOOKS: Readonly<Record<ReplayStatus, readonly [Tone, IconName]>> = {
  running: ['busy', 'replay'],
  completed: ['good', 'check'],
  cancelled: ['idle', 'slash'],
};

export function ReplaySign({ status }: { status: ReplayStatus }) {
  const [tone, icon] = LOOKS[status];
  return (
    <Badge tone={tone} icon={icon}>
      {status}
    </Badge>
  );
}

/** What became of a replay's set so far. */
export function ReplayBar({ replay }: { replay: Replay }) {
  const { matched, provisioned, failed, cancelled, skipped } = replay;
  return (
    <ShareBar
      of={matched}
      label={`${count(provisioned)} of ${count(matched)} provisioned, ${count(failed)} failed again`}
      shares={[
        { tone: 'good', count: provisioned },
        { tone: 'bad', count: failed },
        { tone: 'idle', count: cancelled + skipped },
        { tone: 'busy', count: inQueue(replay) },
      ]}
    />
  );
}

/** Queued by the replay and not ended yet. */
export const inQueue = ({ queued, provisioned, failed, cancelled }: Replay): number =>
  Math.max(0, queued - provisioned - failed - cancelled);
