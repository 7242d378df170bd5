import type { Place } from '../support/place.ts';

/** What else one would build it on. Each is written the way its own documentation recommends. */
export interface Peer {
  readonly name: string;
  /** Adds the jobs of this many onboardings, before the clock starts. */
  fill(place: Place, count: number): Promise<void>;
  /** Looks again and again how many are left, until its `close`. */
  watch(place: Place): Promise<{ left(): Promise<number>; close(): Promise<void> }>;
  /** Runs in a process of its own, until that is ended. */
  work(place: Place, concurrency: number): Promise<void>;
}
