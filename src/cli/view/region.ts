import type { RegionState } from '../client/wire.ts';

/** What holds the Region, in the words of the documentation; `running` when nothing does. */
export function regionStateText({ circuit, paused, off }: RegionState): string {
  const states = [
    ...(paused ? ['paused'] : []),
    ...(circuit === null || circuit.state === 'closed'
      ? []
      : [`circuit ${circuit.state}: ${circuit.reason ?? ''}`]),
    ...(off === null ? [] : [`off: ${off.reason}`]),
  ];
  return states.length === 0 ? 'running' : states.join(', ');
}
