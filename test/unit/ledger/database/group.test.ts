import { describe, expect, it } from 'vitest';
import { grouped } from '../../../../src/ledger/database/group.ts';

/** A statement that ends when the test says so, and remembers what it was given. */
function heldStatement() {
  const groups: (readonly number[])[] = [];
  const endings: ((error?: Error) => void)[] = [];
  const run = (items: readonly number[]): Promise<readonly string[]> => {
    groups.push(items);
    return new Promise((resolve, reject) => {
      endings.push((error) =>
        error === undefined ? resolve(items.map((item) => `answer ${item}`)) : reject(error),
      );
    });
  };
  return { groups, run, endings, end: (error?: Error) => endings.shift()?.(error) };
}

/** A group goes out at the end of the turn in which it was called for, or in which the last one has come back. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
const gone = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

describe('grouped calls', () => {
  it('send a lone call at once, and what comes meanwhile together, answered one by one', async () => {
    const statement = heldStatement();
    const call = grouped(statement.run, { max: 10 });
    const first = call(1);
    await settled();
    expect(statement.groups).toEqual([[1]]);
    const answers = Promise.all([first, call(2), call(3)]);
    statement.end();
    await settled();
    expect(statement.groups).toEqual([[1], [2, 3]]);
    statement.end();
    expect(await answers).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  it('go together when they come in one turn of the event loop', async () => {
    const statement = heldStatement();
    const call = grouped(statement.run, { max: 10 });
    const answers = Promise.all([call(1), call(2)]);
    await Promise.resolve();
    const later = call(3);
    await settled();
    expect(statement.groups).toEqual([[1, 2, 3]]);
    statement.end();
    await Promise.all([answers, later]);
  });

  it('never hold more than the most, nor a key twice', async () => {
    const statement = heldStatement();
    const call = grouped(statement.run, { max: 3, keyOf: (item) => String(item % 10) });
    const all = Promise.all([call(0), call(1), call(11), call(2), call(3), call(4)]);
    for (let n = 0; n < 2; n += 1) {
      await settled();
      statement.end();
    }
    await all;
    expect(statement.groups).toEqual([
      [0, 1, 2],
      [11, 3, 4],
    ]);
  });

  it('fail the bad row alone: its neighbours are saved', async () => {
    const run = (items: readonly number[]): Promise<readonly string[]> =>
      items.includes(13)
        ? Promise.reject(new Error('bad row'))
        : Promise.resolve(items.map((item) => `saved ${item}`));
    const call = grouped(run, { max: 10 });
    const results = await Promise.allSettled([call(1), call(12), call(13), call(14)]);
    expect(
      results.map((result) =>
        result.status === 'fulfilled' ? result.value : (result.reason as Error).message,
      ),
    ).toEqual(['saved 1', 'saved 12', 'bad row', 'saved 14']);
  });

  it('tell everybody at once that the database is not there, and start again with the next call', async () => {
    const statement = heldStatement();
    const call = grouped(statement.run, { max: 2 });
    const results = Promise.allSettled([call(1), call(2), call(3), call(4)]);
    await settled();
    statement.end(gone());
    expect((await results).map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'));
    expect(statement.groups).toEqual([[1, 2]]);
    const next = call(5);
    await settled();
    statement.end();
    expect(await next).toBe('answer 5');
  });

  describe('of which somebody else holds up one', () => {
    const heldUp = { by: (item: number) => String(item % 100), atOnce: 2, withinMs: 10_000 };
    const busy = (): Error =>
      new Error('unavailable', { cause: Object.assign(new Error(), { code: '55P03' }) });

    it('are answered but for that one, and those who come later do not wait for it', async () => {
      const statement = heldStatement();
      const call = grouped(statement.run, { max: 10, heldUp });
      const first = call(1);
      await settled();
      const answers = Promise.allSettled([call(13), call(113), call(14)]);
      statement.end();
      await first;
      await settled();
      statement.end(busy());
      await settled();
      const later = call(2);
      await settled();
      expect(statement.groups).toEqual([[1], [13, 113, 14], [13, 113], [14], [2]]);
      // The held one is still waiting when the others have their answers.
      const [held] = statement.endings.splice(0, 1);
      statement.end();
      statement.end();
      expect(await later).toBe('answer 2');
      held?.(busy());
      expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    });

    it('stand in line no longer than they may', async () => {
      const statement = heldStatement();
      const call = grouped(statement.run, { max: 10, heldUp: { ...heldUp, atOnce: 1, withinMs: -1 } });
      const lone = call(1);
      await settled();
      const answers = Promise.allSettled([call(2), call(3)]);
      statement.end();
      await lone;
      await settled();
      statement.end(busy());
      expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(statement.groups).toHaveLength(2);
    });
  });
});
