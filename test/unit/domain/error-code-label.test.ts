import { describe, expect, it } from 'vitest';
import { CREATE_ERROR_CODES } from '../../../src/domain/codec.ts';
import { errorCodeLabel } from '../../../src/domain/error-code-label.ts';

describe('errorCodeLabel', () => {
  it.each([...CREATE_ERROR_CODES, 'ThrottlingException', 'AccountConflict', 'Timeout'])(
    'keeps %s',
    (code) => {
      expect(errorCodeLabel(code)).toBe(code);
    },
  );

  it('makes one word of every name that is not listed', () => {
    const names = ['BrandNewException', '', 'constructor', '__proto__', 'timeout', 'x'.repeat(10_000)];
    expect(new Set(names.map(errorCodeLabel))).toEqual(new Set(['other']));
  });

  it('has a word for no code at all, which no code can have', () => {
    expect(errorCodeLabel(null)).toBe('none');
    expect(errorCodeLabel('none')).toBe('other');
  });
});
