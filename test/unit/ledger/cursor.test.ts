import { expect, test } from 'vitest';
import { deliveryId, isDeliveryId, isOnboardingId, onboardingId } from '../../../src/domain/ids.ts';
import { InvalidCursorError } from '../../../src/domain/unavailable.ts';
import { auditCursorAfter, cursorAfter, readAuditCursor, readCursor } from '../../../src/ledger/cursor.ts';

const id = onboardingId(1_770_000_000_000, new Uint8Array(16).fill(7));

test('a cursor is read back as the id that it was made of', () => {
  expect(readCursor(cursorAfter(id), isOnboardingId)).toBe(id);
});

test('a cursor says nothing that a caller could build one from', () => {
  expect(cursorAfter(id)).not.toContain('onb');
});

test.each([
  ['nothing', ''],
  ['the bare id', id],
  ['another text', Buffer.from('onb_').toString('base64url')],
  ['padding', `${cursorAfter(id)}=`],
  ['a line end', `${cursorAfter(id)}\n`],
  ['a character that base64 skips', `!${cursorAfter(id)}`],
])('%s is refused', (_, cursor) => {
  expect(() => readCursor(cursor, isOnboardingId)).toThrow(InvalidCursorError);
});

const place = { at: '2026-03-01T12:00:00.123Z', id: 17 };

test('a cursor of the audit is read back as the place that it was made of', () => {
  expect(readAuditCursor(auditCursorAfter(place))).toEqual(place);
});

test.each([
  ['the bare place', `${place.at}/${place.id}`],
  ['no number', auditCursorAfter({ ...place, id: 0 })],
  ['no instant', auditCursorAfter({ ...place, at: '2026-13-01T12:00:00.123Z' })],
  ['an id', cursorAfter(id)],
  ['padding', `${auditCursorAfter(place)}=`],
])('%s is refused as a cursor of the audit', (_, cursor) => {
  expect(() => readAuditCursor(cursor)).toThrow(InvalidCursorError);
});

test('a cursor of one list is refused by another', () => {
  const delivery = deliveryId(1_770_000_000_000, new Uint8Array(16).fill(7));
  expect(readCursor(cursorAfter(delivery), isDeliveryId)).toBe(delivery);
  expect(() => readCursor(cursorAfter(delivery), isOnboardingId)).toThrow(InvalidCursorError);
  expect(() => readCursor(cursorAfter(id), isDeliveryId)).toThrow(InvalidCursorError);
});
