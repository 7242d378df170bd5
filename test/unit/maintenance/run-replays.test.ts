import { describe, expect, it } from 'vitest';
import type { ReplayId } from '../../../src/domain/ids.ts';
import { createReplayRunner, type ReplayRunnerDeps } from '../../../src/maintenance/run-replays.ts';
import { recordingLog } from '../../support/recording-log.ts';

const NEVER = new AbortController().signal;
const PER_TURN = 20;

const replays = (count: number): ReplayId[] =>
  Array.from({ length: count }, (_, n) => `rpl_${String(n).padStart(26, '0')}` as ReplayId);

/** Of these replays, all this process's, none has anything to queue, and nothing ends. */
function depsOf(ids: readonly ReplayId[]): ReplayRunnerDeps {
  const ledger: Partial<ReplayRunnerDeps['ledger']> = {
    leaseReplays: () => Promise.resolve(ids),
    replaysToQueue: () => Promise.resolve([]),
    settleReplay: () => Promise.resolve({ looked: 2, settled: 0, through: 2, isEnd: true, over: undefined }),
  };
  return {
    ledger: ledger as ReplayRunnerDeps['ledger'],
    queue: { add: () => Promise.resolve() },
    clock: { now: () => 0 },
    log: recordingLog(),
    metrics: { replayed: () => undefined },
    holder: 'process',
  };
}

/** So many open replays that are all this process's, none of which has anything to queue; of the last one, members end. */
function open(count: number) {
  const ids = replays(count);
  const active = ids.at(-1);
  let now = 0;
  const looks: ReplayId[] = [];
  const known = depsOf(ids);
  const deps: ReplayRunnerDeps = {
    ...known,
    ledger: {
      ...known.ledger,
      settleReplay(id) {
        looks.push(id);
        const settled = id === active ? 1 : 0;
        return Promise.resolve({ looked: 2, settled, through: 2, isEnd: true, over: undefined });
      },
    },
    clock: { now: () => now },
  };
  const runner = createReplayRunner(deps);
  /** What each turn looked at. */
  const turns = async (seconds: number): Promise<ReplayId[][]> => {
    const seen: ReplayId[][] = [];
    for (const until = now + seconds * 1_000; now < until;) {
      looks.length = 0;
      const restMs = await runner.turn(NEVER);
      seen.push([...looks]);
      now += restMs;
    }
    return seen;
  };
  return { ids, active, turns };
}

describe('the runner of replays', () => {
  it('looks at each once a second for what has ended, while there are few', async () => {
    const { ids, turns } = open(PER_TURN);
    const seen = (await turns(60)).flat();
    for (const id of ids) expect(seen.filter((each) => each === id)).toHaveLength(60);
  });

  it('reports a batch of which no onboarding is left, which would otherwise come again for ever', async () => {
    const [id] = replays(1);
    const done: string[] = [];
    let moving = 2;
    const runner = createReplayRunner({
      ...depsOf([id!]),
      ledger: {
        ...depsOf([id!]).ledger,
        replaysToQueue: () => Promise.resolve(moving > 0 ? [id!] : []),
        moveReplayBatch: () => Promise.resolve({ taken: 0, moving, jobs: [] }),
        replayBatchQueued() {
          done.push('reported');
          moving = 0;
          return Promise.resolve();
        },
      },
      queue: {
        add() {
          done.push('added');
          return Promise.resolve();
        },
      },
    });
    await runner.turn(NEVER);
    await runner.turn(NEVER);
    expect(done).toEqual(['reported']);
  });

  it('of hundreds that only wait, looks at some in a turn, and every now and then at each', async () => {
    const { ids, active, turns } = open(300);
    // Each is looked at more and more seldom, until all of them together keep to the pace.
    const first = await turns(120);
    expect(Math.max(...first.map((looks) => looks.length))).toBe(PER_TURN);
    expect(new Set(first.slice(0, 300 / PER_TURN).flat()).size).toBe(300);

    const seen = (await turns(60)).flat();
    expect(new Set(seen).size).toBe(300);
    expect(seen.length).toBeLessThanOrEqual(60 * 25);
    // The one in which something happens is looked at as ever.
    expect(seen.filter((id) => id === active).length).toBeGreaterThanOrEqual(30);
    for (const id of ids) expect(seen.filter((each) => each === id).length).toBeGreaterThanOrEqual(2);
  });
});
