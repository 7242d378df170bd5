import { jobId } from '../../../src/domain/ids.ts';
import type { JobRef, NewJob } from '../../../src/domain/job.ts';
import { QueueUnavailableError } from '../../../src/domain/unavailable.ts';
import type { JobQueue } from '../../../src/ports.ts';

type Carrier = Pick<
  JobQueue,
  'isReady' | 'add' | 'addAnew' | 'remove' | 'lift' | 'presence' | 'readEpoch' | 'writeEpoch'
>;

/** The job queue without time: what waits stays until the test runs it. It can be away, and it can lose everything. */
export class InMemoryCarrier implements Carrier {
  readonly #jobs = new Map<string, 'waiting' | 'finished'>();
  #epoch: string | null = null;
  away = false;
  /** Away, and the connection does not show it yet. */
  unnoticed = false;

  /** Adds take effect, and fail for whoever asked. */
  losesReplies = false;

  isReady(): boolean {
    return !this.away || this.unnoticed;
  }

  holds(ref: Omit<JobRef, 'region'>): boolean {
    return this.#jobs.get(jobId(ref.onboardingId, ref.replays)) === 'waiting';
  }

  finish(ref: JobRef): void {
    this.#jobs.set(keyOf(ref), 'finished');
  }

  loseEverything(): void {
    this.#jobs.clear();
    this.#epoch = null;
  }

  async add(jobs: readonly NewJob[]): Promise<void> {
    await this.#reach(() => {
      // Known ids are dropped, finished ones too.
      for (const job of jobs) if (!this.#jobs.has(keyOf(job))) this.#jobs.set(keyOf(job), 'waiting');
    });
    if (this.losesReplies) throw new QueueUnavailableError('The reply was lost.');
  }

  addAnew(job: NewJob): Promise<void> {
    return this.#reach(() => void this.#jobs.set(keyOf(job), 'waiting'));
  }

  /** No job has a lock here: a run that is held back has lost its own. */
  remove(ref: JobRef): Promise<'removed'> {
    return this.#reach(() => {
      this.#jobs.delete(keyOf(ref));
      return 'removed';
    });
  }

  lift(): Promise<void> {
    return this.#reach(() => undefined);
  }

  presence(refs: readonly JobRef[]): ReturnType<JobQueue['presence']> {
    return this.#reach(() => refs.map((ref) => this.#jobs.get(keyOf(ref)) ?? 'absent'));
  }

  readEpoch(): Promise<string | null> {
    return this.#reach(() => this.#epoch);
  }

  writeEpoch(epoch: string): Promise<void> {
    return this.#reach(() => void (this.#epoch = epoch));
  }

  #reach<T>(what: () => T): Promise<T> {
    return this.away ? Promise.reject(new QueueUnavailableError('Redis is away.')) : Promise.resolve(what());
  }
}

const keyOf = ({ onboardingId, replays }: JobRef): string => jobId(onboardingId, replays);
