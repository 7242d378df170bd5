/**
 * Who may be fetched, and when: a job is taken out of the queue only once there is a slot for its first AWS call, so
 * that the slot goes to the most urgent job of that moment. One for each consumer of a Region, which has two kinds of
 * places: those for any job, and a few for live ones alone, which are used while the others are taken.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveOnlyPlaces } from '../domain/places.ts';
import type { Slot } from '../domain/turn.ts';
import type { HeldSlot, SlotLine } from './slot-line.ts';

/** Leave to fetch one job and to run it. */
export interface Ticket {
  readonly slot: Slot;
  /** Frees the place, and gives back the slot if no call has used it. May be said again. */
  leave(): void;
}

export interface Admission {
  /** How many jobs may run that are not live ones. */
  readonly placesForAny: number;
  /** Waits for a slot; the caller has a place for any job. Undefined once the signal aborts. */
  enter(signal: AbortSignal): Promise<Ticket | undefined>;
  /** The same without waiting; undefined when no slot is at hand. */
  enterAtOnce(): Ticket | undefined;
  /**
   * Waits until a live job is next while the places for any are taken, and for a place of live ones and a slot.
   * Undefined once the signal aborts. Another process may still fetch that job first.
   */
  enterAsLive(signal: AbortSignal): Promise<Ticket | undefined>;
  /** Whether a fetch waits for its slot: then nothing is wrong with a consumer that takes no job. */
  isAwaited(): boolean;
}

export interface AdmissionOptions {
  readonly slots: Pick<SlotLine, 'take' | 'takeReady'>;
  /** Jobs in flight, ≥ 1. */
  readonly places: number;
  /** Whether the next job is a live one; false while that cannot be told. */
  readonly isLiveNext: () => Promise<boolean>;
}

/** So often is looked for a live job while the places for any are taken; else one that is added wakes the consumer. */
const LOOK_EVERY_MS = 20;

export function createAdmission({ slots, places, isLiveNext }: AdmissionOptions): Admission {
  const placesForLive = liveOnlyPlaces(places);
  const placesForAny = places - placesForLive;
  const taken = { any: 0, live: 0 };
  let awaited = 0;

  const ticketFor = (slot: HeldSlot, kind: keyof typeof taken): Ticket => {
    let isHeld = true;
    taken[kind] += 1;
    return {
      slot,
      leave() {
        if (!isHeld) return;
        isHeld = false;
        taken[kind] -= 1;
        slot.giveBack();
      },
    };
  };
  const mayLookForLive = async (): Promise<boolean> =>
    taken.any >= placesForAny && taken.live < placesForLive && (await isLiveNext());

  return {
    placesForAny,
    async enter(signal) {
      awaited += 1;
      try {
        return ticketFor(await slots.take('nextJob', signal), 'any');
      } catch {
        await untilAborted(signal);
        return undefined;
      } finally {
        awaited -= 1;
      }
    },
    enterAtOnce() {
      const slot = slots.takeReady();
      return slot === undefined ? undefined : ticketFor(slot, 'any');
    },
    async enterAsLive(signal) {
      try {
        for (;;) {
          if (await mayLookForLive()) {
            const slot = await slots.take('liveCall', signal);
            if (await mayLookForLive()) return ticketFor(slot, 'live');
            slot.giveBack();
          }
          await sleep(LOOK_EVERY_MS, undefined, { signal });
        }
      } catch {
        await untilAborted(signal);
        return undefined;
      }
    },
    isAwaited: () => awaited > 0,
  };
}

/** A gate that was closed before its consumers gives out nothing any more. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
