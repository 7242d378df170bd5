import { describe, expect, it } from 'vitest';
import { findToken, parseApiToken, sha256Hex, type ApiToken } from '../../../src/runtime/api-token.ts';

function tokenOf(text: string): ApiToken {
  const parsed = parseApiToken(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

describe('parseApiToken', () => {
  it('keeps the hash, the role and the name, never the token', () => {
    const token = tokenOf('operator:maria:abcdefghijklmnop');
    expect(token).toEqual({ role: 'operator', actor: 'maria', sha256: sha256Hex('abcdefghijklmnop') });
    expect(JSON.stringify(token)).not.toContain('abcdefghijklmnop');
  });

  it('names a token without a name by its role and 6 hex of its hash', () => {
    const hash = sha256Hex('abcdefghijklmnop');
    expect(tokenOf('viewer:abcdefghijklmnop').actor).toBe(`viewer-${hash.slice(0, 6)}`);
  });

  it('takes a hash instead of the token', () => {
    const hash = sha256Hex('abcdefghijklmnop');
    expect(tokenOf(`admin:sha256=${hash.toUpperCase()}`)).toEqual(tokenOf('admin:abcdefghijklmnop'));
  });

  it.each([
    '',
    'admin',
    'admin:',
    'admin:short',
    'admin:has space in it!!!',
    'boss:abcdefghijklmnop',
    'admin:a:b:abcdefghijklmnop',
    'admin:sha256=abc',
  ])('refuses %j', (text) => {
    expect(parseApiToken(text).ok).toBe(false);
  });
});

describe('findToken', () => {
  const tokens = [tokenOf('signup:first-token-000000'), tokenOf('admin:second-token-00000')];

  it('finds each by its text', () => {
    expect(findToken(tokens, 'first-token-000000')?.role).toBe('signup');
    expect(findToken(tokens, 'second-token-00000')?.role).toBe('admin');
  });

  it.each([
    '',
    'first-token-00000',
    'first-token-0000000',
    `sha256=${sha256Hex('first-token-000000')}`,
    sha256Hex('first-token-000000'),
  ])('finds nothing for %j', (presented) => {
    expect(findToken(tokens, presented)).toBeUndefined();
  });
});
