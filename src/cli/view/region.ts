import type { RegionState, RegionStats } from '../../client/wire.ts';
import type { Style } from './style.ts';
import type { Columns } from './table.ts';
import { duration } from './text.ts';

export const regionColumns = (regions: readonly RegionStats[]): Columns => ({
  head: ['REGION', 'WAITING', 'ACTIVE', 'DELAYED', 'OLDEST', 'QUOTA/S', 'STATE'],
  rows: regions.map((it) => [
    it.region,
    it.waiting,
    it.active,
    it.delayed,
    it.oldestWaitingMs === null ? null : duration(it.oldestWaitingMs / 1_000),
    it.quota.perSecond,
    { text: regionStateText(it), style: styleOf(it) },
  ]),
  cut: { STATE: 'start' },
});

/** What holds the Region, in the words of the documentation; `running` when nothing does. */
export function regionStateText(state: RegionState): string {
  const { circuit, paused, off, checksHeld } = state;
  const states = [
    ...(paused ? ['paused'] : []),
    ...drainOf(state),
    ...(circuit === null || circuit.state === 'closed'
      ? []
      : [`circuit ${circuit.state}: ${circuit.reason ?? ''}`]),
    ...(checksHeld === null ? [] : [`checks held: ${checksHeld.lost} sources missing`]),
    ...(off === null ? [] : [`off: ${off.reason}`]),
  ];
  return states.length === 0 ? 'running' : states.join(', ');
}

function styleOf(state: RegionState): Style {
  if (regionStateText(state) === 'running') return 'good';
  return state.off !== null || state.circuit?.state === 'open' ? 'bad' : 'doubtful';
}

function drainOf({ draining, drained }: RegionState): readonly string[] {
  if (drained) return ['drained'];
  if (draining === null) return [];
  return [draining.remaining === null ? 'draining' : `draining: ${draining.remaining} left`];
}
