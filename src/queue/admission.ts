/**
 * Who may be fetched, and when: a job is taken out of the queue only once there is a slot for its first AWS call, so
 * that the slot goes to the most urgent job of that moment. One for each consumer of a Region, which has two kinds of
 * places: those for any job, and a few for live ones alone, which are used while the others are taken.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveOnlyPlaces } from '../domain/places.ts';
import type { Slot } from '../domain/turn.ts';
import type { NextJob } from './next-job.ts';
import type { HeldSlot, SlotLine } from './slot-line.ts';

/** Leave to fetch one job after the other, and to run each. */
export interface Place {
  /** For the first AWS call of the job that is fetched next, or that runs. Undefined: it stands in line like all others. */
  slot(): Slot | undefined;
  /**
   * The job has ended. A slot that it did not use goes to who stands in line; true when another one is at hand, for the
   * next job. May be said again.
   */
  renew(): boolean;
  /** Frees the place, and gives back a slot that no call has used. */
  leave(): void;
}

export interface Admission {
  /** Resolves once a place for any job is free, or the signal aborts. There may be one caller at a time. */
  vacancy(signal: AbortSignal): Promise<void>;
  /**
   * Takes a free place for any job, and waits for a slot. With `mayBeEmpty` the queue is looked at first: to find that it
   * is empty needs no slot. Undefined once the signal aborts.
   */
  enter(signal: AbortSignal, mayBeEmpty: boolean): Promise<Place | undefined>;
  /**
   * Waits until a live job may be next while the places for any are taken, and for a place of live ones and a slot.
   * Undefined once the signal aborts. The fetch may still bring another job, or none.
   */
  enterAsLive(signal: AbortSignal): Promise<Place | undefined>;
  /** Whether a fetch waits for its slot: then nothing is wrong with a consumer that takes no job. */
  isAwaited(): boolean;
}

export interface AdmissionOptions {
  readonly slots: Pick<SlotLine, 'take' | 'takeReady'>;
  /** Jobs in flight, ≥ 1. */
  readonly places: number;
  /** Rejects while that cannot be told. */
  readonly peekNext: () => Promise<NextJob>;
}

/** So often is looked for a live job while the places for any are taken; else one that is added wakes the consumer. */
const LOOK_EVERY_MS = 20;

export function createAdmission({ slots, places, peekNext }: AdmissionOptions): Admission {
  const any = createRoom(places - liveOnlyPlaces(places));
  const live = createRoom(liveOnlyPlaces(places));
  let awaited = 0;

  const isEmpty = async (): Promise<boolean> => (await peekNext().catch(unknown)) === 'none';
  const mayEnterAsLive = async (): Promise<boolean> =>
    any.isFull() && !live.isFull() && (await peekNext().catch(unknown)) === 'perhapsLive';

  return {
    vacancy: async (signal) => any.vacancy(signal).catch(() => undefined),
    async enter(signal, mayBeEmpty) {
      if (mayBeEmpty && (await isEmpty())) return any.take(undefined, slots);
      awaited += 1;
      try {
        return any.take(await slots.take('nextJob', signal), slots);
      } catch {
        await untilAborted(signal);
        return undefined;
      } finally {
        awaited -= 1;
      }
    },
    async enterAsLive(signal) {
      try {
        for (;;) {
          await any.filled(signal);
          // Each time: whoever comes again at once has found another job, or none.
          await sleep(LOOK_EVERY_MS, undefined, { signal });
          if (!(await mayEnterAsLive())) continue;
          const slot = await slots.take('liveCall', signal);
          if (any.isFull()) return live.take(slot, slots);
          slot.giveBack();
        }
      } catch {
        await untilAborted(signal);
        return undefined;
      }
    },
    isAwaited: () => awaited > 0,
  };
}

/** Places of one kind. */
interface Room {
  isFull(): boolean;
  /** Reject once the signal aborts. */
  vacancy(signal: AbortSignal): Promise<void>;
  filled(signal: AbortSignal): Promise<void>;
  take(slot: HeldSlot | undefined, slots: Pick<SlotLine, 'takeReady'>): Place;
}

function createRoom(size: number): Room {
  let taken = 0;
  const turns = new EventEmitter();
  const isFull = (): boolean => taken >= size;
  const move = (by: number): void => {
    const before = isFull();
    taken += by;
    if (isFull() !== before) turns.emit('turn');
  };
  const until = async (full: boolean, signal: AbortSignal): Promise<void> => {
    while (isFull() !== full) await once(turns, 'turn', { signal });
  };
  return {
    isFull,
    vacancy: async (signal) => until(false, signal),
    filled: async (signal) => until(true, signal),
    take(first, slots) {
      let slot = first;
      let isHeld = true;
      move(1);
      return {
        slot: () => slot,
        renew() {
          slot?.giveBack();
          slot = slots.takeReady();
          return slot !== undefined;
        },
        leave() {
          if (!isHeld) return;
          isHeld = false;
          slot?.giveBack();
          move(-1);
        },
      };
    },
  };
}

const unknown = (): undefined => undefined;

/** A gate that was closed before its consumers gives out nothing any more. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
