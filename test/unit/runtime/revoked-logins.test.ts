import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRevokedLogins } from '../../../src/runtime/revoked-logins.ts';
import { recordingLog } from '../../support/recording-log.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a logout that cannot be saved for whatever cause is tried again, says so, and ends no process', async () => {
  const saved: string[] = [];
  let fault: Error | undefined = new Error('A fault that nobody expects.');
  const log = recordingLog();
  const revoked = createRevokedLogins({
    ledger: {
      revokeLogin({ id }) {
        if (fault !== undefined) return Promise.reject(fault);
        saved.push(id);
        return Promise.resolve();
      },
      revokedLogins: () => Promise.resolve(saved),
    },
    clock: { now: () => Date.now() },
    log,
  });
  const loggedOut = { id: 'login-1', expiresAt: Date.now() + 3_600_000 };
  await expect(revoked.add(loggedOut)).rejects.toThrow('nobody expects');
  expect(await revoked.has('login-1')).toBe(true);
  await vi.advanceTimersByTimeAsync(12_000);
  const line = { level: 'error', message: 'logins.not_saved', fields: { err: fault } };
  expect(log.lines).toEqual([line, line]);
  fault = undefined;
  await vi.advanceTimersByTimeAsync(6_000);
  expect(saved).toEqual(['login-1']);
  expect(log.lines).toHaveLength(2);
});

test('requests that come while the first look at the ledger is under way wait for its answer', async () => {
  let release: (ended: readonly string[]) => void = () => undefined;
  const answer = new Promise<readonly string[]>((resolve) => (release = resolve));
  let looks = 0;
  const revoked = createRevokedLogins({
    ledger: {
      revokeLogin: () => Promise.resolve(),
      revokedLogins: () => {
        looks += 1;
        return answer;
      },
    },
    clock: { now: () => Date.now() },
    log: recordingLog(),
  });
  const answers = Promise.all(['ended', 'other', 'ended'].map((id) => revoked.has(id)));
  release(['ended']);
  expect(await answers).toEqual([true, false, true]);
  expect(looks).toBe(1);
});
