import { describe, expect, it } from 'vitest';
import { aborted } from '../../../src/runtime/aborted.ts';
import { createClosers } from '../../../src/runtime/closers.ts';
import { StuckError, supervise, type Runnable } from '../../../src/runtime/supervisor.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLog } from '../../support/recording-log.ts';

/** A clock whose sleeps end at once, and are noted. */
function hastyClock(slept: number[]) {
  return {
    now: () => 0,
    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
      signal?.throwIfAborted();
      slept.push(ms);
      await Promise.resolve();
    },
  };
}

const steady: Runnable = { name: 'steady', run: (signal) => aborted(signal) };

describe('supervise', () => {
  it('stops every part and passes the error on when the one that the process is there for is stuck', async () => {
    let stopped = 0;
    const other: Runnable = {
      name: 'other',
      async run(signal) {
        await aborted(signal);
        stopped += 1;
      },
    };
    const error = new StuckError('stuck');
    const broken: Runnable = { name: 'broken', run: () => Promise.reject(error) };
    const supervision = {
      clock: hastyClock([]),
      log: recordingLog(),
      signal: new AbortController().signal,
      troubles: new Map<string, string>(),
      only: 'broken',
    };
    await expect(supervise([other, broken, other], supervision)).rejects.toBe(error);
    expect(stopped).toBe(2);
  });

  it('starts a part that died again, ever later, and leaves the others alone', async () => {
    const stop = new AbortController();
    const slept: number[] = [];
    const log = recordingLog();
    let lives = 0;
    const dying: Runnable = {
      name: 'dying',
      run(signal) {
        lives += 1;
        if (lives <= 8) return Promise.reject(new Error('no luck'));
        return aborted(signal);
      },
    };
    const troubles = new Map<string, string>();
    const ended = supervise([steady, dying], {
      clock: hastyClock(slept),
      log,
      signal: stop.signal,
      troubles,
    });
    await eventually(() => lives === 9);
    expect(slept).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(troubles.size).toBe(0);
    expect(log.lines.filter((line) => line.message === 'service.part_died')).toHaveLength(8);
    stop.abort();
    await ended;
  });

  it('starts a stuck part again where the process runs others', async () => {
    const stop = new AbortController();
    let lives = 0;
    const stuck: Runnable = {
      name: 'stuck',
      run(signal) {
        lives += 1;
        return lives === 1 ? Promise.reject(new StuckError('stuck')) : aborted(signal);
      },
    };
    const ended = supervise([steady, stuck], {
      clock: hastyClock([]),
      log: recordingLog(),
      signal: stop.signal,
      troubles: new Map(),
      only: undefined,
    });
    await eventually(() => lives === 2);
    stop.abort();
    await ended;
  });

  it('takes a part that ends by itself for dead', async () => {
    const stop = new AbortController();
    const log = recordingLog();
    let lives = 0;
    const lazy: Runnable = {
      name: 'lazy',
      run(signal) {
        lives += 1;
        return lives === 1 ? Promise.resolve() : aborted(signal);
      },
    };
    const ended = supervise([lazy], { clock: hastyClock([]), log, signal: stop.signal, troubles: new Map() });
    await eventually(() => lives === 2);
    stop.abort();
    await ended;
    expect(log.lines[0]?.fields['part']).toBe('lazy');
  });

  it('names the part that is down while it waits to start again', async () => {
    const stop = new AbortController();
    const troubles = new Map<string, string>();
    const dead: Runnable = { name: 'dead', run: () => Promise.reject(new Error('no')) };
    const clock = {
      now: () => 0,
      sleep: (_ms: number, signal?: AbortSignal) => aborted(signal ?? stop.signal),
    };
    const ended = supervise([dead], { clock, log: recordingLog(), signal: stop.signal, troubles });
    await eventually(() => troubles.get('dead') === 'restarting');
    stop.abort();
    await ended;
  });
});

describe('closers', () => {
  it('close in reverse order, each once, whatever one of them does', async () => {
    const log = recordingLog();
    const closed: string[] = [];
    const closers = createClosers(log);
    for (const name of ['first', 'second', 'third']) {
      closers.add(name, () => {
        closed.push(name);
        if (name === 'second') throw new Error('stuck');
      });
    }
    await closers.closeAll();
    await closers.closeAll();
    expect(closed).toEqual(['third', 'second', 'first']);
    expect(log.lines.map((line) => line.fields['part'])).toEqual(['second']);
  });
});
