import type { RegionState } from '../../operations/regions.ts';
import { Badge } from './badge.tsx';

/** Whether a Region's onboardings run, in a word: what holds it most comes first. */
export function RegionSign({ circuit, pause, drain }: Pick<RegionState, 'circuit' | 'pause' | 'drain'>) {
  if (circuit !== null && circuit.state !== 'closed') {
    return (
      <Badge tone="bad" icon="slash">
        {circuit.state === 'open' ? 'circuit open' : 'probing'}
      </Badge>
    );
  }
  if (pause !== null) {
    return (
      <Badge tone="warn" icon="clock">
        paused
      </Badge>
    );
  }
  if (drain !== null) {
    return (
      <Badge tone="warn" icon="inbox">
        draining
      </Badge>
    );
  }
  if (circuit?.off != null) {
    return (
      <Badge tone="bad" icon="cross">
        off
      </Badge>
    );
  }
  return circuit === null ? (
    <Badge tone="idle" icon="help">
      not known
    </Badge>
  ) : (
    <Badge tone="good" icon="check">
      runs
    </Badge>
  );
}
