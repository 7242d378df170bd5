import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../src/domain/instant.ts';

describe('parseInstant', () => {
  it.each([
    ['2026-11-25T09:47:08Z', '2026-11-25T09:47:08.000Z'],
    ['2026-11-25T09:47:08.359123Z', '2026-11-25T09:47:08.359Z'],
    ['2026-11-25T09:47Z', '2026-11-25T09:47:00.000Z'],
    ['2026-11-25T09:47:08+02:00', '2026-11-25T07:47:08.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('puts %s into UTC', (text, utc) => {
    expect(parseInstant(text, 'from')).toEqual({ ok: true, value: utc });
  });

  it.each([undefined, null])('takes %s for left out', (value) => {
    expect(parseInstant(value, 'from')).toEqual({ ok: true, value: null });
  });

  it.each([
    '',
    'yesterday',
    '2026-11-25',
    '2026-11-25T09:47:08',
    '2026-11-25 09:47:08Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-25T24:47:08Z',
    '2026-11-25T09:47:08+99:00',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '+012026-01-01T00:00:00Z',
    ' 2026-11-25T09:47:08Z',
  ])('refuses %j', (text) => {
    expect(parseInstant(text, 'filter.from')).toMatchObject({
      ok: false,
      issues: [{ field: 'filter.from', code: 'invalid_instant' }],
    });
  });

  it.each([1_764_064_028, true, {}, []])('refuses %j, which is no text', (value) => {
    expect(parseInstant(value, 'from')).toMatchObject({ ok: false, issues: [{ code: 'invalid_type' }] });
  });
});
