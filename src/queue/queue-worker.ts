import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type Job, type JobJson, type Processor, type WorkerOptions } from 'bullmq';
import type { Slot } from '../domain/turn.ts';
import type { Admission, Place } from './admission.ts';
import { PRIORITY } from './queue-keys.ts';

/** Of data that is no JSON, so many characters are kept for whoever looks for its cause. */
const UNREADABLE_KEPT = 1_000;

/** After a fetch that failed; the client is connecting anew meanwhile. */
const FETCH_RETRY_MS = 1_000;

/** With an admission every job has a place, and the consumer hears of a job that was put back. */
export interface Admitted {
  readonly admission: Admission;
  readonly wake: () => Promise<void>;
}

/**
 * BullMQ's worker with what this service needs beyond it. BullMQ's are the renewal of locks, the look for stalled jobs,
 * the wait of an idle worker for a job that is added, and the acknowledgements.
 *
 * With an admission no job is fetched without a place, and the loop that fetches is this class': BullMQ's own begins no
 * job before all places are filled or the queue is empty, so that jobs would wait in it for each other's slots. A job is
 * also fetched together with the acknowledgement of another one, which saves a way to Redis, if a slot is at hand then.
 */
export class QueueWorker<D, R> extends Worker<D, R> {
  readonly #admitted: Admitted | undefined;
  readonly #closing = new AbortController();
  /** By the token under which the job of each place is locked. */
  readonly #places = new Map<string, Place>();
  #fetches = 0;
  /** The last fetch that may have been the queue's end brought nothing. */
  #mayBeEmpty = true;

  constructor(
    name: string,
    processor: Processor<D, R>,
    { admitted, ...options }: WorkerOptions & { readonly admitted: Admitted | undefined },
  ) {
    // Run below: BullMQ would begin before this class has its fields.
    super(name, processor, { ...options, autorun: false });
    this.#admitted = admitted;
    this.run().catch(this.#report);
  }

  override async run(): Promise<void> {
    const admitted = this.#admitted;
    if (admitted === undefined) return super.run();
    this.running = true;
    await this.startStalledCheckTimer();
    this.lockManager.start();
    // A close waits for this before it lets go of the locks.
    this.mainLoopRunning = Promise.all([this.#runAny(admitted), this.#runLive(admitted)]).then(
      () => undefined,
    );
    await this.mainLoopRunning;
  }

  /** The slot that was taken for the first call of the job that is locked under this token. */
  slotFor(token: string): Slot | undefined {
    return this.#places.get(token)?.slot();
  }

  override async close(force = false): Promise<void> {
    this.#closing.abort();
    await super.close(force);
  }

  /**
   * Gives a stop the hold on the lock renewal that BullMQ keeps to subclasses. Running jobs keep their locks until those
   * run out, then another worker has them; their results are dropped.
   */
  async abandon(): Promise<void> {
    await this.lockManager.close();
    // Not awaited: it waits for a close that may be waiting for Redis.
    void this.getBackend()
      .close(true)
      .catch(() => undefined);
  }

  /** BullMQ comes here once a job waits, or may wait: when an idle worker was woken, and after each fetch that brought one. */
  protected override async moveToActive(token: string, name?: string): Promise<Job<D, R>> {
    // A job that was put back or delayed has ended without an acknowledgement; its place goes on to the next one.
    if (this.#admitted === undefined || this.#places.has(token)) return super.moveToActive(token, name);
    const place = await this.#admitted.admission.enter(this.#closing.signal, this.#mayBeEmpty);
    const job = place && (await this.#fetchInto(place, token));
    this.#mayBeEmpty = job === undefined;
    return job ?? NO_JOB;
  }

  /**
   * Data that is no JSON would otherwise go round for ever: BullMQ throws before it has a job to fail. It is put away as
   * JSON, because a list of jobs that holds such a one cannot be read either.
   */
  protected override createJob(json: JobJson, jobId: string): Job<D, R> {
    try {
      return super.createJob(json, jobId);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const data = JSON.stringify({ unreadable: json.data.slice(0, UNREADABLE_KEPT) });
      const job = super.createJob({ ...json, data }, jobId);
      void job.updateData(job.data).catch(() => undefined);
      return job;
    }
  }

  async #runAny({ admission }: Admitted): Promise<void> {
    const { signal } = this.#closing;
    const running = new Set<Promise<void>>();
    for (;;) {
      await admission.vacancy(signal);
      if (signal.aborted) break;
      const token = this.#newToken();
      const job = await this.getNextJob(token).catch(this.#reportAndWait);
      if (job !== undefined) this.#keep(running, this.#runChain(job, token));
    }
    await Promise.all(running);
  }

  async #runLive({ admission, wake }: Admitted): Promise<void> {
    const { signal } = this.#closing;
    const running = new Set<Promise<void>>();
    for (;;) {
      const place = await admission.enterAsLive(signal);
      if (place === undefined) break;
      const token = this.#newToken();
      const job = await this.#fetchInto(place, token).catch(this.#reportAndWait);
      if (job === undefined) continue;
      this.#keep(running, isLive(job) ? this.#runOne(job, token) : this.#putBack(job, token, wake));
    }
    await Promise.all(running);
  }

  async #fetchInto(place: Place, token: string): Promise<Job<D, R> | undefined> {
    try {
      const job = (await super.moveToActive(token, this.opts.name)) as Job<D, R> | undefined;
      if (job !== undefined) this.#places.set(token, place);
      return job;
    } finally {
      if (!this.#places.has(token)) place.leave();
    }
  }

  /** A job, and those that come with its acknowledgement. */
  async #runChain(first: Job<D, R>, token: string): Promise<void> {
    const mayFetch = (): boolean => this.#renew(token);
    let job: Job<D, R> | undefined = first;
    try {
      while (job !== undefined) job = (await this.processJob(job, token, mayFetch)) ?? undefined;
    } finally {
      // A slot that is still at hand: the queue had no job for it.
      if (this.slotFor(token) !== undefined) this.#mayBeEmpty = true;
      this.#leave(token);
    }
  }

  async #runOne(job: Job<D, R>, token: string): Promise<void> {
    try {
      await this.processJob(job, token, () => false);
    } finally {
      this.#leave(token);
    }
  }

  /** Another process has fetched the live job first, so this one was next. */
  async #putBack(job: Job<D, R>, token: string, wake: () => Promise<void>): Promise<void> {
    this.#leave(token);
    await job.moveToWait(token);
    await wake();
  }

  #renew(token: string): boolean {
    return !this.#closing.signal.aborted && this.#places.get(token)?.renew() === true;
  }

  #leave(token: string): void {
    this.#places.get(token)?.leave();
    this.#places.delete(token);
  }

  #keep(running: Set<Promise<void>>, run: Promise<void>): void {
    const ended: Promise<void> = run.catch(this.#report).finally(() => running.delete(ended));
    running.add(ended);
  }

  #newToken(): string {
    this.#fetches += 1;
    return `${this.id}:${this.#fetches}`;
  }

  readonly #report = (error: unknown): undefined => {
    this.emit('error', error as Error);
  };

  readonly #reportAndWait = async (error: unknown): Promise<undefined> => {
    if (this.#closing.signal.aborted) return undefined;
    this.#report(error);
    await sleep(FETCH_RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    return undefined;
  };
}

/** BullMQ's types leave out that there may be none. */
const NO_JOB = Promise.resolve(undefined) as Promise<unknown> as Promise<never>;

const isLive = (job: Job): boolean => job.priority <= PRIORITY.live;
