import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type Job, type JobJson, type Processor, type WorkerOptions } from 'bullmq';
import type { Slot } from '../domain/turn.ts';
import type { Admission, Ticket } from './admission.ts';
import { PRIORITY } from './queue-keys.ts';

/** Of data that is no JSON, so many characters are kept for whoever looks for its cause. */
const UNREADABLE_KEPT = 1_000;

/** After a fetch that failed; the client is connecting anew meanwhile. */
const FETCH_RETRY_MS = 1_000;

/**
 * BullMQ's worker with what this service needs beyond it. BullMQ's are the renewal of locks, the look for stalled jobs,
 * the wait of an idle worker for a job that is added, and the acknowledgements.
 *
 * With an admission no job is fetched without a ticket, and the loop that fetches is this class': BullMQ's own begins no
 * job before all places are filled or the queue is empty, so that jobs would wait in it for each other's slots. A job is
 * also fetched together with the acknowledgement of another one, which saves a way to Redis, if a ticket is at hand then.
 */
export class QueueWorker<D, R> extends Worker<D, R> {
  readonly #admission: Admission | undefined;
  readonly #closing = new AbortController();
  readonly #tickets = new WeakMap<Job<D, R>, Ticket>();
  /** Tickets for what comes with an acknowledgement, by the token that the next job gets. */
  readonly #atHand = new Map<string, Ticket>();
  #fetches = 0;

  constructor(
    name: string,
    processor: Processor<D, R>,
    { admission, ...options }: WorkerOptions & { readonly admission: Admission | undefined },
  ) {
    // Run below: BullMQ would begin before this class has its fields.
    super(name, processor, { ...options, autorun: false });
    this.#admission = admission;
    this.run().catch(this.#report);
  }

  override async run(): Promise<void> {
    const admission = this.#admission;
    if (admission === undefined) return super.run();
    this.running = true;
    await this.startStalledCheckTimer();
    this.lockManager.start();
    // A close waits for this before it lets go of the locks.
    this.mainLoopRunning = Promise.all([this.#runAny(admission), this.#runLive(admission)]).then(
      () => undefined,
    );
    await this.mainLoopRunning;
  }

  /** The slot that was taken for a running job's first call. */
  slotFor(job: Job<D, R>): Slot | undefined {
    return this.#tickets.get(job)?.slot;
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
    const admission = this.#admission;
    if (admission === undefined) return super.moveToActive(token, name);
    const ticket = this.#ticketAtHand(token) ?? (await admission.enter(this.#closing.signal));
    const job = ticket && (await this.#fetchWith(ticket, super.moveToActive(token, name)));
    // BullMQ's type leaves out that there may be none.
    return job as unknown as Job<D, R>;
  }

  override async processJob(
    job: Job<D, R>,
    token: string,
    fetchNext: () => boolean = () => true,
  ): Promise<Job<D, R> | undefined> {
    const admission = this.#admission;
    if (admission === undefined) return (await super.processJob(job, token, fetchNext)) ?? undefined;
    const mayFetch = (): boolean => {
      // The job has ended, so its place, and a slot that it did not use, may serve the next one.
      this.#tickets.get(job)?.leave();
      if (!fetchNext()) return false;
      const ticket = this.#ticketAtHand(token) ?? admission.enterAtOnce();
      if (ticket !== undefined) this.#atHand.set(token, ticket);
      return ticket !== undefined;
    };
    try {
      const next = (await super.processJob(job, token, mayFetch)) ?? undefined;
      // Still at hand when the next job came with the acknowledgement, and not through moveToActive.
      const ticket = this.#ticketAtHand(token);
      if (ticket !== undefined) await this.#fetchWith(ticket, next);
      return next;
    } finally {
      this.#tickets.get(job)?.leave();
      this.#ticketAtHand(token)?.leave();
    }
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

  async #runAny({ placesForAny }: Admission): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!this.#isClosing()) {
      if (running.size >= placesForAny) await Promise.race(running);
      const token = this.#newToken();
      const job = await this.getNextJob(token).catch(this.#reportAndWait);
      if (job !== undefined) this.#runIn(running, this.#runChain(job, token));
    }
    await Promise.all(running);
  }

  async #runLive(admission: Admission): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!this.#isClosing()) {
      const ticket = await admission.enterAsLive(this.#closing.signal);
      if (ticket === undefined) break;
      const token = this.#newToken();
      const job = await this.#fetchWith(ticket, super.moveToActive(token, this.opts.name)).catch(
        this.#reportAndWait,
      );
      if (job === undefined) continue;
      this.#runIn(running, isLive(job) ? this.#runOne(job, token) : this.#putBack(job, token));
    }
    await Promise.all(running);
  }

  /** A job, and those that come with its acknowledgement. */
  async #runChain(first: Job<D, R>, token: string): Promise<void> {
    let job: Job<D, R> | undefined = first;
    while (job !== undefined) job = await this.processJob(job, token, () => !this.#isClosing());
  }

  async #runOne(job: Job<D, R>, token: string): Promise<void> {
    await this.processJob(job, token, () => false);
  }

  /** Another process has fetched the live job first, so this one was next. */
  async #putBack(job: Job<D, R>, token: string): Promise<void> {
    this.#tickets.get(job)?.leave();
    await job.moveToWait(token);
  }

  #runIn(running: Set<Promise<void>>, run: Promise<void>): void {
    const ended: Promise<void> = run.catch(this.#report).finally(() => running.delete(ended));
    running.add(ended);
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #newToken(): string {
    this.#fetches += 1;
    return `${this.id}:${this.#fetches}`;
  }

  #ticketAtHand(token: string): Ticket | undefined {
    const ticket = this.#atHand.get(token);
    this.#atHand.delete(token);
    return ticket;
  }

  async #fetchWith(
    ticket: Ticket,
    fetch: Promise<Job<D, R> | undefined> | Job<D, R> | undefined,
  ): Promise<Job<D, R> | undefined> {
    let job: Job<D, R> | undefined;
    try {
      job = await fetch;
      return job;
    } finally {
      if (job === undefined) ticket.leave();
      else this.#tickets.set(job, ticket);
    }
  }

  readonly #report = (error: unknown): undefined => {
    this.emit('error', error as Error);
  };

  readonly #reportAndWait = async (error: unknown): Promise<undefined> => {
    if (this.#isClosing()) return undefined;
    this.#report(error);
    await sleep(FETCH_RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    return undefined;
  };
}

const isLive = (job: Job): boolean => job.priority <= PRIORITY.live;
