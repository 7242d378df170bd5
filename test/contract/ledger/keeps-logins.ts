import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256Hex, type ApiToken } from '../../../src/runtime/api-token.ts';
import { createLogins, type Logins } from '../../../src/runtime/logins.ts';
import { later, type LedgerUnderTest } from '../../support/ledger-fixtures.ts';
import { recordingLog } from '../../support/recording-log.ts';

const newId = (): string => randomBytes(16).toString('base64url');

const TOKEN: ApiToken = { role: 'operator', actor: 'ann', sha256: sha256Hex('ann-0123456789abcdef') };
const DAY = 86_400_000;

export function keepsLogins(tested: () => LedgerUnderTest): void {
  test('an ended login is known until it would have ended by itself, however often it is ended', async () => {
    const { ledger } = tested();
    const id = newId();
    const ended = { id, expiresAt: later(60_000), at: later(0) };
    await ledger.revokeLogin(ended);
    await ledger.revokeLogin(ended);
    expect((await ledger.revokedLogins(later(59_999))).filter((one) => one === id)).toEqual([id]);
    expect(await ledger.revokedLogins(later(60_001))).not.toContain(id);
  });

  test('those that are over are forgotten when the next one is ended', async () => {
    const { ledger, sql } = tested();
    const [old, young] = [newId(), newId()];
    await ledger.revokeLogin({ id: old, expiresAt: later(1_000), at: later(0) });
    await ledger.revokeLogin({ id: young, expiresAt: later(90_000), at: later(2_000) });
    const rows = await sql(`select id from onboarding.revoked_logins where id in ('${old}', '${young}')`);
    expect(rows).toEqual([{ id: young }]);
  });

  test('a logout in one process is heard of in another within two seconds', async () => {
    const [here, there] = [processOf(tested()), processOf(tested())];
    const cookie = cookieIn(here.logins.begin(TOKEN));
    expect((await there.logins.find(cookie)).kind).toBe('in');
    await here.logins.end(cookie);
    expect((await here.logins.find(cookie)).kind).toBe('none');
    there.pass(2_000);
    expect((await there.logins.find(cookie)).kind).toBe('none');
  });

  test('a login lasts eight hours from its last use and a week at most', async () => {
    const { logins, pass } = processOf(tested());
    const idle = cookieIn(logins.begin(TOKEN));
    pass(4 * 60_000);
    expect(await logins.find(idle)).toMatchObject({ kind: 'in', login: { renewed: undefined } });
    pass(60_000);
    let busy = idle;
    for (let passed = 0; passed < 7 * 24; passed += 7) {
      const found = await logins.find(busy);
      if (found.kind !== 'in') throw new Error(`It ended after ${passed} hours.`);
      if (found.login.renewed !== undefined) busy = cookieIn(found.login.renewed);
      pass(7 * 3_600_000);
      if (passed === 7) expect((await logins.find(idle)).kind).toBe('none');
    }
    expect((await logins.find(busy)).kind).toBe('none');
  });
}

/** Logins as a process has them, with a clock that the test moves; it begins where no other test has been. */
function processOf({ ledger }: LedgerUnderTest): { logins: Logins; readonly pass: (ms: number) => void } {
  let now = Date.now() + 400 * DAY;
  const clock = { now: () => now };
  const options = {
    tokens: [TOKEN],
    secret: 'a secret of 32 characters or more',
    secure: false,
    ownsHost: true,
  };
  return {
    logins: createLogins({ ...options, ledger, clock, log: recordingLog() }),
    pass(ms) {
      now += ms;
    },
  };
}

const cookieIn = (setCookie: string): string => setCookie.split(';')[0] ?? '';
