import type { Hold } from '../domain/hold.ts';
import type { Region } from '../domain/region.ts';

/** Why no source of a Region is looked at; null: nothing hinders. */
type Hindrance = 'paused' | 'draining' | 'losses' | 'circuit' | null;

/** A pause, a drain and a mass loss hold the looks as well as an open circuit. */
export function hindranceOf(region: Region, holds: readonly Hold[]): Hindrance {
  const kinds = holds.filter((hold) => hold.region === region).map(({ kind }) => kind);
  if (kinds.includes('operator')) return 'paused';
  if (kinds.includes('drain')) return 'draining';
  if (kinds.includes('losses')) return 'losses';
  return kinds.includes('circuit') ? 'circuit' : null;
}
