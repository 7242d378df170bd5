import type { RegionQueue } from '../../../operations/region-queues.ts';
import type { Tone } from '../../views/badge.tsx';
import type { IconName } from '../../views/icon.tsx';

/** In a word how a Region is, as its badge shows it. */
export interface Standing {
  readonly word: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

/** What holds a Region, the strongest first; `running` when nothing does. */
export function standingsOf({ pause, drain, circuit }: RegionQueue): readonly Standing[] {
  const held: Standing[] = [];
  if (pause !== null) held.push({ word: 'paused', tone: 'warn', icon: 'pause' });
  if (drain !== null)
    held.push(
      drain.remaining === 0
        ? { word: 'drained', tone: 'idle', icon: 'inbox' }
        : { word: 'draining', tone: 'warn', icon: 'drain' },
    );
  if (circuit === null) held.push({ word: 'circuit unknown', tone: 'idle', icon: 'help' });
  else if (circuit.state === 'open') held.push({ word: 'circuit open', tone: 'bad', icon: 'alert' });
  else if (circuit.state === 'halfOpen') held.push({ word: 'probing', tone: 'warn', icon: 'clock' });
  if (circuit?.off != null) held.push({ word: 'off at AWS', tone: 'bad', icon: 'slash' });
  return held.length > 0 ? held : [{ word: 'running', tone: 'good', icon: 'check' }];
}

export const REGION_ACTIONS = ['pause', 'drain', 'resume'] as const;
export type RegionAction = (typeof REGION_ACTIONS)[number];

/** What an operator can do with a Region as it is. */
export function actionsOn({ pause, drain }: RegionQueue): readonly RegionAction[] {
  const possible: Readonly<Record<RegionAction, boolean>> = {
    resume: pause !== null || drain !== null,
    pause: pause === null,
    drain: drain === null,
  };
  return REGION_ACTIONS.toReversed().filter((action) => possible[action]);
}
