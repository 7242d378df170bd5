import { InvalidCursorError } from '../domain/unavailable.ts';

/**
 * Where a page ends: the last id, newest first. Base64url keeps callers from building one themselves, and
 * leaves us free to put something else into it.
 */
export function cursorAfter(id: string): string {
  return Buffer.from(id, 'latin1').toString('base64url');
}

/** Throws {@link InvalidCursorError} for anything that {@link cursorAfter} did not make of such an id. */
export function readCursor<Id extends string>(cursor: string, isOurs: (id: string) => id is Id): Id {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  // Compared with its own spelling, because Node's decoder skips characters that it does not know.
  if (!isOurs(id) || cursorAfter(id) !== cursor) throw notOurs();
  return id;
}

/** Where a page of the audit log ends: entries have no id that tells their order, so it holds the instant too. */
export function auditCursorAfter({ at, id }: { at: string; id: number }): string {
  return Buffer.from(`${at}/${id}`, 'latin1').toString('base64url');
}

const AUDIT_PLACE = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z)\/([1-9][0-9]{0,15})$/;

/** Throws {@link InvalidCursorError} for anything that {@link auditCursorAfter} did not make. */
export function readAuditCursor(cursor: string): { at: string; id: number } {
  const [, at = '', id = ''] = AUDIT_PLACE.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  const place = { at, id: Number(id) };
  if (!isInstant(at) || auditCursorAfter(place) !== cursor) throw notOurs();
  return place;
}

/** As we write them: JavaScript alone takes the 30th of February, and PostgreSQL has no year 0. */
const isInstant = (at: string): boolean =>
  !Number.isNaN(Date.parse(at)) && !at.startsWith('0000') && new Date(at).toISOString() === at;

const notOurs = (): InvalidCursorError =>
  new InvalidCursorError('The cursor is not valid. Start again without one.');
