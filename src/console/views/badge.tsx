import type { Advice } from '../../domain/advice.ts';
import type { DeliveryStatus } from '../../domain/delivery.ts';
import type { Status } from '../../domain/onboarding.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

/** A state: colour, icon and word, so that no one of them carries it alone. */
export function Badge({ tone, icon, children }: { tone: Tone; icon: IconName; children: string }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}

const LOOKS: Readonly<Record<Status | DeliveryStatus, readonly [Tone, IconName]>> = {
  accepted: ['idle', 'inbox'],
  queued: ['busy', 'clock'],
  retrying: ['warn', 'replay'],
  provisioned: ['good', 'check'],
  failed: ['bad', 'cross'],
  cancelled: ['idle', 'slash'],
  waiting: ['busy', 'clock'],
  delivered: ['good', 'check'],
};

/** How an onboarding or a webhook delivery stands. */
export function StatusBadge({ status }: { status: Status | DeliveryStatus }) {
  const [tone, icon] = LOOKS[status];
  return (
    <Badge tone={tone} icon={icon}>
      {status}
    </Badge>
  );
}

const WORTH: Readonly<Record<Advice['replay'], readonly [Tone, IconName, string]>> = {
  sensible: ['good', 'replay', 'replay helps'],
  afterFix: ['warn', 'clock', 'fix first'],
  pointless: ['idle', 'slash', 'replay is no use'],
};

/** Whether a replay makes sense, in a word. */
export function ReplayWorth({ advice }: { advice: Advice }) {
  const [tone, icon, word] = WORTH[advice.replay];
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}
