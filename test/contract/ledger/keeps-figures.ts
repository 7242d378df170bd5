import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointsOf, type FigurePoint, type Happening } from '../../../src/domain/figures.ts';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import { STATUSES, type Onboarding } from '../../../src/domain/onboarding.ts';
import type { Region } from '../../../src/domain/region.ts';
import {
  AT,
  later,
  newOnboarding,
  onboardingIn,
  ownRegion,
  provisioningError,
  quotedSql,
  RESULTS,
  roundWrite,
  type LedgerUnderTest,
} from '../../support/ledger-fixtures.ts';

const ACTS = [
  'accept',
  'queue',
  'retry',
  'provision',
  'fail',
  'replay',
  'cancel',
  'lift',
  'touch',
  'delete',
] as const;

interface Step {
  readonly act: (typeof ACTS)[number];
  readonly which: number;
  readonly minute: number;
  readonly code: string;
}

const STEPS = fc.array(
  fc.record({
    act: fc.constantFrom(...ACTS),
    which: fc.nat(1_000),
    minute: fc.nat(180),
    code: fc.constantFrom('InternalException', 'LimitExceededException', 'AccountConflict'),
  }),
  { minLength: 20, maxLength: 50 },
);

type Counted = Record<string, number>;

export function keepsFigures(tested: () => LedgerUnderTest): void {
  /** What is counted and what a look at every row says, where they differ: at one and the same instant. */
  const differences = async (region: string): Promise<readonly unknown[]> =>
    tested().sql(`
      with kept as (
        select lane, status, error_code, error_kind, count from onboarding.present_counts where region = '${region}'
      ), scanned as (
        select lane, status, coalesce(error_code, ''), coalesce(error_kind, ''), count(*) from onboarding.onboardings
        where region = '${region}' group by 1, 2, 3, 4
      )
      (select 'kept' as side, * from (select * from kept except select * from scanned) as only_kept)
      union all
      (select 'scanned', * from (select * from scanned except select * from kept) as only_scanned)`);

  const fold = async (most: number): Promise<unknown> =>
    tested().sql(`select onboarding.give_positions(${most})`);

  /** Does a step, if it makes sense; tells what happened by it. */
  async function take(step: Step, rows: Onboarding[], region: Region): Promise<Happening | undefined> {
    const { ledger, sql } = tested();
    const at = later(step.minute);
    if (step.act === 'accept' || rows.length === 0) {
      const [acceptance] = await ledger.accept([newOnboarding({ region, createdAt: at })]);
      rows.push(acceptance!.onboarding);
      return 'accepted';
    }
    const { id } = rows[step.which % rows.length]!;
    const row = await ledger.get(id);
    if (row === undefined) return undefined;
    const error = provisioningError({
      code: step.code,
      kind: step.code === 'AccountConflict' ? 'conflict' : 'quota',
    });
    const update = async (set: string, where: string): Promise<boolean> =>
      (await sql(`update onboarding.onboardings set ${set} where id = '${id}' and ${where} returning id`))
        .length > 0;
    switch (step.act) {
      case 'queue':
        await ledger.markQueued([row], at);
        return undefined;
      case 'retry': {
        const nextAttemptAt = new Date(Date.parse(later(1_000)) + step.which).toISOString();
        const result = { ...RESULTS.retrying, error, nextAttemptAt };
        const waitsAnew = row.status !== 'retrying' || row.nextAttemptAt !== nextAttemptAt;
        const saved = await ledger.saveRound(roundWrite(row, 'retrying', { at, result }));
        return saved === 'saved' && waitsAnew ? 'retried' : undefined;
      }
      case 'provision': {
        const saved = await ledger.saveRound(roundWrite(row, 'provisioned', { at }));
        return saved === 'saved' || saved === 'late' ? 'provisioned' : undefined;
      }
      case 'fail': {
        const saved = await ledger.saveRound(
          roundWrite(row, 'failed', { at, result: { ...RESULTS.failed, error } }),
        );
        return saved === 'saved' ? 'failed' : undefined;
      }
      case 'replay':
        if (row.status === 'failed')
          await ledger.replay(id, { from: 'failed', actor: 'test', reason: 'test', at });
        return undefined;
      case 'cancel': {
        const set = `status = 'cancelled', error = null, completed_at = ${quotedSql(at)}, updated_at = ${quotedSql(at)}`;
        return (await update(set, `status in ('accepted', 'queued', 'retrying', 'failed')`))
          ? 'cancelled'
          : undefined;
      }
      case 'lift':
        await update(`lane = 'live'`, `lane = 'bulk'`);
        return undefined;
      case 'touch':
        await update(`updated_at = ${quotedSql(at)}, attempts = attempts + 1`, 'true');
        return undefined;
      case 'delete':
        await sql(`delete from onboarding.onboardings where id = '${id}'`);
        return undefined;
    }
  }

  const SPAN = { from: '2026-03-01T12:00:00.000Z', to: '2026-03-01T16:00:00.000Z' };

  async function chart(region: string, stepSeconds: number): Promise<readonly FigurePoint[]> {
    const span = { ...SPAN, stepSeconds };
    return pointsOf(span, (await tested().ledger.figures(span, region)).figures);
  }

  const startOf = (at: string, stepSeconds: number): string =>
    new Date(Math.floor(Date.parse(at) / (stepSeconds * 1_000)) * stepSeconds * 1_000).toISOString();

  test('after any history the counts are what a look at every row says, and the figures what happened', async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, fc.nat(5), async (steps, foldEvery) => {
        const region = ownRegion();
        const rows: Onboarding[] = [];
        const happened: Counted[] = [60, 900, 3_600].map(() => ({}));
        for (const [index, step] of steps.entries()) {
          const what = await take(step, rows, region);
          if (what !== undefined) {
            [60, 900, 3_600].forEach((seconds, of) => {
              const key = `${startOf(later(step.minute), seconds)} ${what}`;
              happened[of]![key] = (happened[of]![key] ?? 0) + 1;
            });
          }
          // Some are added to what is kept, some are not yet, in the midst of a history.
          if (foldEvery > 0 && index % foldEvery === 0) await fold(3);
        }
        expect(await differences(region)).toEqual([]);
        for (const [of, seconds] of [60, 900, 3_600].entries()) {
          expect(nonZero(await chart(region, seconds))).toEqual(happened[of]);
        }
        await fold(100_000);
        expect(await differences(region)).toEqual([]);
        expect(nonZero(await chart(region, 60))).toEqual(happened[0]);
      }),
      { numRuns: 5 },
    );
  });

  test('the counts are right at every instant while several write and positions are given', async () => {
    const region = ownRegion();
    const rows: Onboarding[] = [];
    let writing = true;
    const write = async (seed: number): Promise<void> => {
      for (const step of fc.sample(STEPS, { numRuns: 1, seed })[0]!) await take(step, rows, region);
    };
    const writers = Promise.all([1, 2, 3, 4].map(write)).finally(() => (writing = false));
    const giving = (async () => {
      while (writing) await fold(5);
    })();
    let looks = 0;
    while (writing) {
      expect(await differences(region)).toEqual([]);
      looks += 1;
    }
    await Promise.all([writers, giving]);
    expect(looks).toBeGreaterThan(1);
    expect(await differences(region)).toEqual([]);
  });

  test('a statement that changes many after one that changed one is no nested loop', async () => {
    const { sql } = tested();
    const region = ownRegion();
    await sql(`insert into onboarding.onboardings (id, region, source_name, account, lane, created_at, updated_at)
      select 'figures_' || n, '${region}', 'aws.partner/acme.example/${region}/' || n, '000000000101', 'bulk', now(), now()
      from generate_series(1, 20000) n`);
    await sql(`update onboarding.onboardings set lane = 'live' where id = 'figures_1'`);
    // Every one with every other takes most of a minute.
    await sql(`set statement_timeout = '20s'`);
    await sql(`update onboarding.onboardings set lane = 'live' where region = '${region}'`);
    await sql('reset statement_timeout');
    expect(await differences(region)).toEqual([]);
    await sql(`delete from onboarding.onboardings where region = '${region}'`);
    expect(await differences(region)).toEqual([]);
    await fold(100_000);
    expect(await differences(region)).toEqual([]);
  });

  test('failures are grouped by code and kind, biggest first, with first, last and newest', async () => {
    const { ledger } = tested();
    const region = ownRegion();
    const failed: OnboardingId[] = [];
    const fail = async (code: string, minutes: number): Promise<void> => {
      const row = await onboardingIn('queued', tested(), { region });
      const error = provisioningError({ code, kind: 'quota', message: `${code} at ${minutes}` });
      await ledger.saveRound(
        roundWrite(row, 'failed', { at: later(minutes), result: { ...RESULTS.failed, error } }),
      );
      failed.push(row.id);
    };
    for (const minutes of [5, 1, 4, 2, 3, 6, 130]) await fail('Big', minutes);
    await fail('Small', 7);
    for (const status of STATUSES) if (status !== 'failed') await onboardingIn(status, tested(), { region });
    const now = Date.parse(later(130));
    const [big, small, ...others] = await ledger.failures({ region }, now);
    expect(others).toEqual([]);
    const hours = Array.from({ length: 24 }, () => 0);
    expect(big).toEqual({
      errorCode: 'Big',
      kind: 'quota',
      message: 'Big at 130',
      count: 7,
      firstSeenAt: later(1),
      lastSeenAt: later(130),
      regions: [{ region, count: 7 }],
      sampleIds: [6, 5, 0, 2, 4].map((index) => failed[index]),
      hours: hours.with(23, 1).with(21, 6),
    });
    expect(small).toMatchObject({ errorCode: 'Small', count: 1, sampleIds: [failed[7]] });
    const bounded = await ledger.failures({ region, from: later(2), to: later(4) }, now);
    expect(bounded.map(({ count, firstSeenAt, lastSeenAt }) => [count, firstSeenAt, lastSeenAt])).toEqual([
      [3, later(2), later(4)],
    ]);
    expect(await ledger.failures({ region: 'nowhere-1' }, now)).toEqual([]);
    await ledger.replay(failed[7]!, { from: 'failed', actor: 'test', reason: 'test', at: AT });
    expect((await ledger.failures({ region }, now)).map(({ errorCode }) => errorCode)).toEqual(['Big']);
    await fold(100_000);
    expect((await ledger.failures({ region }, now))[0]).toEqual(big);
  });

  test('figures over their time are forgotten, minutes before hours, and what is counted stays', async () => {
    const { ledger, sql } = tested();
    const region = ownRegion();
    await ledger.accept([newOnboarding({ region, createdAt: '2020-01-01T10:20:30.000Z' })]);
    await fold(100_000);
    const steps = async (): Promise<readonly unknown[]> =>
      (await sql(`select step from onboarding.figures where region = '${region}' order by step`)).map(
        ({ step }) => step,
      );
    const prune = async (minutesBefore: string, hoursBefore: string): Promise<number> =>
      ledger.pruneFigures({ minutesBefore, hoursBefore, limit: 1_000 });
    const [soon, early] = ['2020-01-01T11:00:00.000Z', '2020-01-01T10:00:00.000Z'];
    await prune(early, early);
    expect(await steps()).toEqual([60, 3_600]);
    expect(await prune(soon, early)).toBeGreaterThanOrEqual(1);
    expect(await steps()).toEqual([3_600]);
    await prune(soon, soon);
    expect(await steps()).toEqual([]);
    expect(await differences(region)).toEqual([]);
  });
}

function nonZero(points: readonly FigurePoint[]): Counted {
  return Object.fromEntries(
    points.flatMap(({ at, ...counted }) =>
      Object.entries(counted)
        .filter(([, count]) => count > 0)
        .map(([what, count]) => [`${at} ${what}`, count] as const),
    ),
  );
}
