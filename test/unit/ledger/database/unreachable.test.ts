import { expect, test } from 'vitest';
import { LedgerUnavailableError } from '../../../../src/domain/unavailable.ts';
import { isLost, isUnreachable, reach } from '../../../../src/ledger/database/unreachable.ts';

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EPIPE',
  'ENOENT',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  '08006',
  '08P01',
  '28P01',
  '3D000',
  '53100',
  '53300',
  '57P01',
  '57P03',
  '57014',
  '55P03',
  '25P03',
  '58030',
  '25006',
])('%s means that the database is not there', (code) => {
  expect(isUnreachable(coded(code))).toBe(true);
});

test.each([
  ['ECONNRESET', 'read', true],
  ['ECONNREFUSED', 'connect', true],
  ['ENOENT', 'connect', true],
  ['EPIPE', 'write', true],
  ['ENOENT', 'open', false],
  ['EACCES', 'open', false],
  ['EISDIR', 'read', false],
])('%s in %s: the database is not there: %s, or a file of the address is not', (code, syscall, away) => {
  expect(isUnreachable(Object.assign(coded(code), { syscall }))).toBe(away);
});

test.each(['23505', '23514', '22P05', '42P01', '42601', '40P01', 'XX000', 'ERR_INVALID_ARG_TYPE', ''])(
  '%j is about our statement',
  (code) => {
    expect(isUnreachable(coded(code))).toBe(false);
  },
);

test.each([
  'Connection terminated unexpectedly',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Client was closed and is not queryable',
  'Query read timeout',
  'PGlite is closed',
])('"%s" has no code and still means it', (message) => {
  expect(isUnreachable(new Error(message))).toBe(true);
});

test.each([
  ['57014', false],
  ['55P03', false],
  ['23505', false],
  ['57P01', true],
  ['25006', true],
  ['ECONNRESET', true],
])('after %s the connection is lost: %s', (code, lost) => {
  expect(isLost(coded(code))).toBe(lost);
});

test('several refused addresses are one refusal, and all are named', async () => {
  const refused = new AggregateError([
    coded('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432'),
    coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432'),
  ]);
  await expect(reach(() => Promise.reject(refused))).rejects.toMatchObject({
    name: 'LedgerUnavailableError',
    message: expect.stringMatching(/::1:5432; connect ECONNREFUSED 127/) as string,
    cause: refused,
  });
});

test('a call that is not answered in time is given up', async () => {
  await expect(reach(() => new Promise(() => undefined), 10)).rejects.toThrow(LedgerUnavailableError);
});

test('a bug comes out as it is', async () => {
  const bug = new TypeError('x is undefined');
  await expect(reach(() => Promise.reject(bug))).rejects.toBe(bug);
});
