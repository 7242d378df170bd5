import { describe, expect, it } from 'vitest';
import { keepLastKnown } from '../../../src/console/last-known.ts';
import { LedgerUnavailableError } from '../../../src/domain/unavailable.ts';

const START = Date.parse('2026-11-25T12:00:00.000Z');

/** Answers are given one after the other; an error is thrown. */
function reader(answers: readonly (string | Error)[]) {
  const clock = { at: START, now: () => clock.at };
  let asked = 0;
  const read = keepLastKnown<string>(async (before) => {
    const answer = answers[asked];
    asked += 1;
    await Promise.resolve();
    if (answer instanceof Error) throw answer;
    return `${before ?? 'nothing'} then ${answer}`;
  }, clock);
  return { read, clock, asked: () => asked };
}

const away = new LedgerUnavailableError('away');

describe('what was known last', () => {
  it('serves again while the ledger is away, with when it was read', async () => {
    const { read, clock } = reader(['a', away, 'b']);
    const first = { value: 'nothing then a', readAt: '2026-11-25T12:00:00.000Z', isOld: false };
    expect(await read()).toEqual(first);
    clock.at += 60_000;
    expect(await read()).toEqual({ ...first, isOld: true });
    expect(await read()).toEqual({
      value: 'nothing then a then b',
      readAt: '2026-11-25T12:01:00.000Z',
      isOld: false,
    });
  });

  it('is nothing at first, and covers no other error', async () => {
    const { read, clock } = reader([away, 'a', new TypeError('a bug')]);
    await expect(read()).rejects.toBe(away);
    expect((await read()).value).toBe('nothing then a');
    clock.at += 60_000;
    await expect(read()).rejects.toThrow('a bug');
  });

  it('is read once for all who look at the same time, and again half a second later', async () => {
    const { read, clock, asked } = reader(['a', 'b']);
    await Promise.all([read(), read(), read()]);
    clock.at += 499;
    await read();
    expect(asked()).toBe(1);
    clock.at += 1;
    await read();
    expect(asked()).toBe(2);
  });
});
