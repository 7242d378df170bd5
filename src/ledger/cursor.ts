import {
  isDeliveryId,
  isOnboardingId,
  isReplayId,
  type DeliveryId,
  type OnboardingId,
  type ReplayId,
} from '../domain/ids.ts';
import { InvalidCursorError } from '../domain/unavailable.ts';

/**
 * Where a page ends: the last id, newest first. Base64url keeps callers from building one themselves, and
 * leaves us free to put something else into it.
 */
export function cursorAfter(id: OnboardingId | DeliveryId | ReplayId): string {
  return Buffer.from(id, 'latin1').toString('base64url');
}

/** Throws {@link InvalidCursorError} for anything that {@link cursorAfter} did not make of an onboarding's id. */
export function readCursor(cursor: string): OnboardingId {
  return read(cursor, isOnboardingId);
}

/** The same for a delivery's id. */
export function readDeliveryCursor(cursor: string): DeliveryId {
  return read(cursor, isDeliveryId);
}

/** The same for a replay's id. */
export function readReplayCursor(cursor: string): ReplayId {
  return read(cursor, isReplayId);
}

function read<T extends OnboardingId | DeliveryId | ReplayId>(
  cursor: string,
  isOurs: (id: string) => id is T,
): T {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  // Compared with its own spelling, because Node's decoder skips characters that it does not know.
  if (!isOurs(id) || cursorAfter(id) !== cursor) {
    throw new InvalidCursorError('The cursor is not one of ours: start again without one.');
  }
  return id;
}
