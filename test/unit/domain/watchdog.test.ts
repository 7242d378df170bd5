import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeSight, NEW_WATCH, type ConsumerSight, type Watch } from '../../../src/domain/watchdog.ts';

const LIMITS = { waitingMs: 5_000, looks: 4, renewals: 3 };

/** Idle, and a job has waited for long. */
const IDLE: ConsumerSight = {
  flows: true,
  places: 50,
  running: 0,
  begun: 0,
  erred: false,
  oldestWaitingMs: 60_000,
  overdueDelayed: 0,
};

function verdicts(sights: readonly (ConsumerSight | undefined)[]): string[] {
  let watch: Watch = NEW_WATCH;
  return sights.map((sight) => {
    const judged = judgeSight(watch, sight, LIMITS);
    watch = judged.watch;
    return judged.verdict;
  });
}

const looks = (count: number, sight: ConsumerSight | undefined): (ConsumerSight | undefined)[] =>
  Array.from({ length: count }, () => sight);

describe('a consumer that takes no job while jobs wait', () => {
  it('is renewed at the fourth look in a row, three times, and then given up', () => {
    expect(verdicts(looks(16, IDLE))).toEqual(
      ['renew', 'renew', 'renew', 'giveUp'].flatMap((last) => ['idle', 'idle', 'idle', last]),
    );
  });

  it.each([
    ['some jobs run, but places are free', { running: 49 }],
    ['nothing waits, but delayed jobs are overdue', { oldestWaitingMs: null, overdueDelayed: 1 }],
  ])('counts as stuck too when %s', (_, sight) => {
    expect(verdicts(looks(4, { ...IDLE, ...sight })).at(-1)).toBe('renew');
  });

  it.each<[string, Partial<ConsumerSight> | undefined]>([
    ['the Region is paused, or limited to a probe', { flows: false }],
    ['every place is taken: AWS is slow, or its quota spent', { running: 50 }],
    ['it has begun a job since the last look', { begun: 1 }],
    ['it has met errors: Redis is away or refuses, and the log says so', { erred: true }],
    ['the oldest job has only just become ready', { oldestWaitingMs: 4_999 }],
    ['nothing waits', { oldestWaitingMs: null }],
    ['the queue cannot be looked at', undefined],
  ])('is not stuck, and its count begins anew, when %s', (_, sight) => {
    const other = sight === undefined ? undefined : { ...IDLE, ...sight };
    expect(verdicts(looks(20, other))).toEqual(Array.from({ length: 20 }, () => 'well'));
    expect(verdicts([...looks(3, IDLE), other, ...looks(3, IDLE)])).not.toContain('renew');
  });

  it('has all its renewals again once it has begun a job', () => {
    const recovered = [...looks(12, IDLE), { ...IDLE, begun: 1 }, ...looks(12, IDLE)];
    expect(verdicts(recovered).filter((verdict) => verdict === 'renew')).toHaveLength(6);
    expect(verdicts(recovered)).not.toContain('giveUp');
  });

  it('is never renewed or given up without four idle looks directly before', () => {
    const sights = fc.oneof(
      fc.constant(undefined),
      fc.record({
        flows: fc.boolean(),
        places: fc.constant(2),
        running: fc.nat(2),
        inLine: fc.boolean(),
        begun: fc.nat(1),
        erred: fc.boolean(),
        oldestWaitingMs: fc.option(fc.nat(10_000)),
        overdueDelayed: fc.nat(1),
      }),
      fc.constant(IDLE),
    );
    fc.assert(
      fc.property(fc.array(sights, { maxLength: 60 }), (seen) => {
        const judged = verdicts(seen);
        judged.forEach((verdict, index) => {
          if (verdict === 'renew') expect(judged.slice(index - 3, index)).toEqual(['idle', 'idle', 'idle']);
          if (verdict === 'giveUp')
            expect(
              judged.slice(0, index).filter((earlier) => earlier === 'renew').length,
            ).toBeGreaterThanOrEqual(3);
        });
      }),
    );
  });
});
