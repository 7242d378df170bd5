import type { Advice } from '../../domain/advice.ts';
import type { DeliveryStatus } from '../../domain/delivery.ts';
import type { Connection, Status } from '../../domain/onboarding.ts';
import type { ReplayStatus } from '../../domain/replay.ts';
import type { RegionState } from '../../operations/regions.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

interface BadgeProps {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly word: string;
}

/** A state: color, icon and word, so that no one of them carries it alone. */
function Badge({ tone, icon, word }: BadgeProps) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

const STATUSES: Readonly<Record<Status | DeliveryStatus | ReplayStatus, readonly [Tone, IconName]>> = {
  accepted: ['idle', 'inbox'],
  queued: ['busy', 'clock'],
  retrying: ['warn', 'replay'],
  provisioned: ['good', 'check'],
  failed: ['bad', 'cross'],
  cancelled: ['idle', 'slash'],
  waiting: ['busy', 'clock'],
  delivered: ['good', 'check'],
  running: ['busy', 'replay'],
  completed: ['good', 'check'],
};

/** The status of an onboarding, a webhook delivery or a replay of many. */
export function StatusBadge({ status }: { status: keyof typeof STATUSES }) {
  const [tone, icon] = STATUSES[status];
  return <Badge tone={tone} icon={icon} word={status} />;
}

const CONNECTIONS: Readonly<Record<Connection, readonly [Tone, IconName, word: string]>> = {
  waiting: ['busy', 'clock', 'waiting for the customer'],
  connected: ['good', 'check', 'connected'],
  disconnected: ['warn', 'alert', 'disconnected'],
  expired: ['bad', 'cross', 'expired'],
  removed: ['bad', 'cross', 'removed'],
  unknown: ['warn', 'help', 'connection unknown'],
};

/** How far the customer of a source is. */
export function ConnectionBadge({ connection }: { connection: Connection }) {
  const [tone, icon, word] = CONNECTIONS[connection];
  return <Badge tone={tone} icon={icon} word={word} />;
}

const WORTH: Readonly<Record<Advice['replay'], BadgeProps>> = {
  sensible: { tone: 'good', icon: 'replay', word: 'ready to replay' },
  afterFix: { tone: 'warn', icon: 'clock', word: 'fix first' },
  pointless: { tone: 'idle', icon: 'slash', word: 'replay will not help' },
};

/** Whether a replay makes sense, in a word. */
export const ReplayWorth = ({ advice }: { advice: Advice }) => <Badge {...WORTH[advice.replay]} />;

/** What holds a Region, the strongest first; that it runs, when nothing does. */
export function RegionBadges({ state }: { state: Shown }) {
  return (
    <>
      {regionBadges(state).map((badge) => (
        <Badge key={badge.word} {...badge} />
      ))}
    </>
  );
}

type Shown = Pick<RegionState, 'circuit' | 'pause' | 'drain' | 'checksHeld'>;

function regionBadges({ pause, drain, circuit, checksHeld }: Shown) {
  const held: BadgeProps[] = [];
  if (circuit?.state === 'open') held.push({ word: 'circuit open', tone: 'bad', icon: 'alert' });
  if (circuit?.state === 'halfOpen') held.push({ word: 'probing', tone: 'warn', icon: 'clock' });
  if (pause !== null) held.push({ word: 'paused', tone: 'warn', icon: 'pause' });
  if (drain?.remaining === 0) held.push({ word: 'drained', tone: 'idle', icon: 'inbox' });
  else if (drain !== null) held.push({ word: 'draining', tone: 'warn', icon: 'drain' });
  if (checksHeld !== null) held.push({ word: 'sources missing', tone: 'bad', icon: 'alert' });
  if (circuit === null) held.push({ word: 'circuit unknown', tone: 'idle', icon: 'help' });
  if (circuit?.off != null) held.push({ word: 'off at AWS', tone: 'bad', icon: 'slash' });
  return held.length > 0 ? held : [{ word: 'running', tone: 'good', icon: 'check' } as const];
}
