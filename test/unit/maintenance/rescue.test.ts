import { describe, expect, it } from 'vitest';
import { firstIdAt, jobId, type OnboardingId } from '../../../src/domain/ids.ts';
import type { JobPresence, JobRef } from '../../../src/domain/job.ts';
import type { OpenOnboarding } from '../../../src/domain/listing.ts';
import type { Lane, Onboarding } from '../../../src/domain/onboarding.ts';
import type { Region } from '../../../src/domain/region.ts';
import { createRescue, type Rescue, type RescueDeps } from '../../../src/maintenance/rescue.ts';
import { recordingLog } from '../../support/recording-log.ts';

const NEVER = new AbortController().signal;

type Row = OpenOnboarding & { readonly touchedAt: number };

const keyOf = ({ onboardingId: id, replays }: JobRef): string => jobId(id, replays);
const byLaneAndId = (a: Row, b: Row): number =>
  a.lane === b.lane ? (a.id < b.id ? -1 : 1) : a.lane < b.lane ? 1 : -1;

/** A ledger with queued rows, a queue, and a clock that the test moves. */
function standing() {
  let now = Date.parse('2026-03-01T12:00:00.000Z');
  let rows: readonly Row[] = [];
  const jobs = new Map<string, JobPresence>();
  const compared: OnboardingId[] = [];
  let meanwhile = (): void => undefined;
  const ledger: Partial<RescueDeps['ledger']> = {
    epoch: 'epoch',
    openBatch: ({ untouchedSince = '9', limit, after, lane }) => {
      const follows = (row: Row): boolean =>
        after === undefined || row.lane < after.lane || (row.lane === after.lane && row.id > after.id);
      const isOld = (row: Row): boolean => new Date(row.touchedAt).toISOString() <= untouchedSince;
      const asked = rows.filter(
        (row) => (lane === undefined || row.lane === lane) && isOld(row) && follows(row),
      );
      return Promise.resolve(asked.toSorted(byLaneAndId).slice(0, limit));
    },
    getMany: (ids) => {
      const found = rows.filter(({ id }) => ids.includes(id));
      return Promise.resolve(found as readonly OpenOnboarding[] as readonly Onboarding[]);
    },
  };
  const queue: Partial<RescueDeps['queue']> = {
    readEpoch: () => Promise.resolve('epoch'),
    presence: (refs) => {
      meanwhile();
      compared.push(...refs.map(({ onboardingId }) => onboardingId));
      return Promise.resolve(refs.map((ref) => jobs.get(keyOf(ref)) ?? 'absent'));
    },
    addAnew: (job) => Promise.resolve(void jobs.set(keyOf(job), 'waiting')),
  };
  const deps: RescueDeps = {
    ledger: ledger as RescueDeps['ledger'],
    queue: queue as RescueDeps['queue'],
    clock: { now: () => now, sleep: () => Promise.resolve() },
    log: recordingLog(),
    metrics: { jobsRescued: () => undefined },
  };
  let rescue: Rescue | undefined;
  return {
    jobs,
    compared,
    /** The first one starts it. */
    pass: () => (rescue ??= createRescue(deps)).pass(NEVER),
    move: (ms: number) => (now += ms),
    whileComparing: (happens: () => void) => (meanwhile = happens),
    /** Rows that are committed now, their jobs added or not. */
    commit: (count: number, { lane, added }: { lane: Lane; added: boolean }): readonly OnboardingId[] => {
      const committed = Array.from({ length: count }, (_, n): Row => {
        const id = `${firstIdAt(now)}${String(n).padStart(16, '0')}` as OnboardingId;
        const place = { region: 'us-east-1' as Region, lane, replays: 0, nextAttemptAt: null };
        return { id, ...place, status: 'queued', touchedAt: now };
      });
      if (added) for (const { id } of committed) jobs.set(jobId(id, 0), 'waiting');
      rows = [...rows, ...committed];
      return committed.map(({ id }) => id);
    },
    /** A run has ended it. */
    end: (id: OnboardingId): void => {
      rows = rows.filter((row) => row.id !== id);
      jobs.set(jobId(id, 0), 'finished');
    },
  };
}

describe('the rescue', () => {
  it.each(['live', 'bulk'] as const)(
    'adds the job of a new row, %s, behind a long queue: once its process had 3 seconds to do so',
    async (lane) => {
      const { commit, pass, move, jobs } = standing();
      commit(15_000, { lane: 'live', added: true });
      commit(15_000, { lane: 'bulk', added: true });
      move(3_600_000);
      await pass();
      const [id] = commit(1, { lane, added: false });
      move(2_999);
      expect(await pass()).toMatchObject({ rescued: 0 });
      move(5_000);
      expect(await pass()).toMatchObject({ rescued: 1 });
      expect(jobs.get(jobId(id!, 0))).toBe('waiting');
    },
  );

  it('begins with what was created in the minute before its start', async () => {
    const { commit, pass, move, jobs } = standing();
    commit(15_000, { lane: 'live', added: true });
    move(3_600_000);
    const [id] = commit(1, { lane: 'live', added: false });
    move(30_000);
    expect(await pass()).toMatchObject({ rescued: 1 });
    expect(jobs.get(jobId(id!, 0))).toBe('waiting');
  });

  it('compares a new row once as new, and the others by 10,000 a pass, one after the other', async () => {
    const { commit, pass, move, compared } = standing();
    const old = commit(12_000, { lane: 'bulk', added: true });
    move(3_600_000);
    const fresh = commit(10, { lane: 'live', added: true });
    move(3_000);
    await pass();
    expect(compared).toEqual([...fresh, ...fresh, ...old.slice(0, 9_990)]);
    compared.length = 0;
    await pass();
    expect(compared).toEqual(old.slice(9_990));
  });

  it('leaves alone what ended while it was compared', async () => {
    const { commit, pass, move, jobs, end, whileComparing } = standing();
    const [id] = commit(1, { lane: 'live', added: true });
    move(3_000);
    whileComparing(() => end(id!));
    expect(await pass()).toMatchObject({ compared: 1, rescued: 0 });
    expect(jobs.get(jobId(id!, 0))).toBe('finished');
  });
});
