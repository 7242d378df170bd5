import { expect, test } from 'vitest';
import type { LoginLedger } from '../../../src/ports/login-ledger.ts';
import type { ApiToken } from '../../../src/runtime/api-token.ts';
import { createLogins } from '../../../src/runtime/logins.ts';
import { recordingLog } from '../../support/recording-log.ts';

const TOKEN: ApiToken = { role: 'operator', actor: 'ann', sha256: 'ab'.repeat(32) };
const HOUR = 3_600_000;

/** Processes with one ledger and one clock between them. */
function processes() {
  let now = Date.UTC(2026, 10, 25);
  const kept = new Map<string, string>();
  const ledger: LoginLedger = {
    revokeLogin({ id, expiresAt, at }) {
      for (const [one, until] of kept) if (until < at) kept.delete(one);
      kept.set(id, expiresAt);
      return Promise.resolve();
    },
    revokedLogins: (at) => Promise.resolve([...kept].flatMap(([id, until]) => (until >= at ? [id] : []))),
  };
  const start = () =>
    createLogins({
      ownsHost: true,
      tokens: [TOKEN],
      secret: 's'.repeat(32),
      secure: false,
      ledger,
      clock: { now: () => now },
      log: recordingLog(),
    });
  return { start, pass: (ms: number) => (now += ms) };
}

const cookieIn = (setCookie: string): string => setCookie.split(';')[0] ?? '';

test('a login that was ended never comes back, though a process renewed its cookie before it had heard', async () => {
  const { start, pass } = processes();
  const [here, there] = [start(), start()];
  const cookie = cookieIn(here.begin(TOKEN));
  pass(15 * 60_000);
  await there.find(cookie);
  pass(100);
  await here.end(cookie);
  pass(1_500);
  const unheard = await there.find(cookie);
  const copy = unheard.kind === 'in' ? cookieIn(unheard.login.renewed ?? '') : '';
  expect(copy).not.toBe('');
  // Half a second before the copy ends by itself; what is remembered of the other is a second older.
  pass(8 * HOUR - 500);
  for (const one of [here, there, start()]) expect((await one.find(copy)).kind).toBe('none');
});
