import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { openLiveScreen } from '../../../../src/cli/watch/live-screen.ts';
import { watchFrame } from '../../../../src/cli/watch/watch-frame.ts';
import {
  changed,
  lastMinute,
  troubled,
  watchState,
  wellAgain,
} from '../../../../src/cli/watch/watch-state.ts';
import type { Onboarding } from '../../../../src/domain/onboarding.ts';
import { onboardingJson } from '../../../support/scripted-api.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const state = watchState('http://127.0.0.1:3000', NOW - 600_000);

const failedOne = (id: string): Onboarding =>
  onboardingJson({
    id,
    status: 'failed',
    error: { code: 'LimitExceededException', kind: 'quota', message: '', retryable: false, at: '' },
    completedAt: '2026-03-01T11:59:50.000Z',
  }) as unknown as Onboarding;

describe('the picture', () => {
  test('counts what ended within the last minute alone', () => {
    const one = changed(state, failedOne('onb_1'), NOW - 61_000);
    const two = changed(one, failedOne('onb_2'), NOW - 30_000);
    expect(lastMinute(two, NOW)).toEqual({ provisioned: 0, failed: 1, seconds: 60 });
  });

  test('has a failure until it is replayed, the newest first and each once', () => {
    const two = changed(changed(state, failedOne('onb_1'), NOW), failedOne('onb_2'), NOW);
    expect(changed(two, failedOne('onb_1'), NOW).failures.map(({ id }) => id)).toEqual(['onb_1', 'onb_2']);
    const replayed = { ...failedOne('onb_2'), status: 'queued' as const };
    expect(changed(two, replayed, NOW).failures.map(({ id }) => id)).toEqual(['onb_1']);
  });

  test('says for how long there is no connection', () => {
    const cut = troubled(state, { line: 'stats', why: 'connect ECONNREFUSED' }, NOW - 5_000);
    const still = troubled(cut, { line: 'stats', why: 'connect ECONNREFUSED' }, NOW);
    const last = (it: typeof state): string => watchFrame(it, { size, now: NOW }).at(-1) ?? '';
    expect(last(still)).toBe('No connection for 5s, retrying: connect ECONNREFUSED');
    expect(last(wellAgain(still, 'stats'))).toContain('Connecting');
  });
});

const size = { columns: 80, rows: 24, color: false };

test('a frame fits the window, and shows nothing of a name that would move the cursor', () => {
  const hostile = { ...failedOne('onb_1'), sourceName: 'aws.partner/a/\u001b[2J' } as Onboarding;
  const many = Array.from({ length: 60 }, (_, index) => failedOne(`onb_${index}`));
  const full = [hostile, ...many].reduce((it, one) => changed(it, one, NOW), state);
  const lines = watchFrame(full, { size, now: NOW });
  expect(lines.length).toBeLessThanOrEqual(24);
  for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80);
  expect(lines.join('\n')).not.toContain('\u001b');
  expect(lines.at(-1)).toBe('Connecting…');
});

test('the screen writes a frame in one go, no frame twice, and gives the terminal back', () => {
  const written: string[] = [];
  const page = { ...size, keys: undefined, onResize: () => () => undefined };
  const screen = openLiveScreen({ out: (text) => void written.push(text), page }, () => undefined);
  screen.draw(['one', 'two']);
  screen.draw(['one', 'two']);
  screen.close();
  screen.close();
  screen.draw(['three']);
  expect(written).toEqual([
    '\u001b[?1049h\u001b[?25l',
    '\u001b[?2026h\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J\u001b[?2026l',
    '\u001b[?25h\u001b[?1049l',
  ]);
});
