import { expect, test } from 'vitest';
import { LedgerUnavailableError, QueueUnavailableError } from '../../../src/domain/unavailable.ts';
import { withRareOutageLines } from '../../../src/runtime/logger.ts';
import { recordingLog } from '../../support/recording-log.ts';

const DOWN = { err: new LedgerUnavailableError('gone') };

test('an outage says the same line once per half minute, and then how many were held back', () => {
  const lines = recordingLog();
  let now = 0;
  const log = withRareOutageLines(lines, { now: () => now });
  for (; now < 60_000; now += 10) log.error(DOWN, 'http.failed');
  log.error(DOWN, 'http.failed');
  expect(lines.lines.map(({ fields }) => fields['suppressed'])).toEqual([undefined, 2_999, 2_999]);
  expect(lines.lines.every(({ level, message }) => level === 'error' && message === 'http.failed')).toBe(
    true,
  );
});

test('lines that say different things are held back apart', () => {
  const lines = recordingLog();
  const log = withRareOutageLines(lines, { now: () => 0 });
  log.error(DOWN, 'http.failed');
  log.warn({ err: new QueueUnavailableError('gone') }, 'maintenance.skipped');
  log.warn({ err: new QueueUnavailableError('gone') }, 'maintenance.skipped');
  expect(lines.lines.map(({ message }) => message)).toEqual(['http.failed', 'maintenance.skipped']);
});

test('a bug, and what an attempt has met, are never held back', () => {
  const lines = recordingLog();
  const log = withRareOutageLines(lines, { now: () => 0 });
  for (let n = 0; n < 3; n += 1) {
    log.error({ err: new TypeError('a bug') }, 'http.failed');
    log.error({ outcome: 'operatorFault' }, 'provisioning.attempted');
  }
  expect(lines.lines).toHaveLength(6);
});
