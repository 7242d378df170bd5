import { isOnboardingId, type OnboardingId } from '../domain/ids.ts';
import { InvalidCursorError } from '../domain/unavailable.ts';

/**
 * Where a page ends: the last id, newest first. Base64url keeps callers from building one themselves, and
 * leaves us free to put something else into it.
 */
export function cursorAfter(id: OnboardingId): string {
  return Buffer.from(id, 'latin1').toString('base64url');
}

/** Throws {@link InvalidCursorError} for anything that {@link cursorAfter} did not make. */
export function readCursor(cursor: string): OnboardingId {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  // Compared with its own spelling, because Node's decoder skips characters that it does not know.
  if (!isOnboardingId(id) || cursorAfter(id) !== cursor) {
    throw new InvalidCursorError('The cursor is not one of ours: start again without one.');
  }
  return id;
}
