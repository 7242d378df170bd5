import type { Advice } from '../../../domain/advice.ts';
import { Badge, type Tone } from '../../views/badge.tsx';
import type { IconName } from '../../views/icon.tsx';

const LOOKS: Readonly<Record<Advice['replay'], readonly [Tone, IconName, string]>> = {
  sensible: ['good', 'replay', 'replay helps'],
  afterFix: ['warn', 'clock', 'fix first'],
  pointless: ['idle', 'slash', 'replay is no use'],
};

/** Whether a replay makes sense, in a word. */
export function ReplayWorth({ advice }: { advice: Advice }) {
  const [tone, icon, word] = LOOKS[advice.replay];
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}
