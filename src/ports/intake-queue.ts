import type { IntakeVerdict } from '../domain/job.ts';
import type { JobConsumer } from '../ports.ts';

/** Whom a job of the intake queue is for is in its data, which any program may have written. */
export type IntakeHandler = (data: unknown) => Promise<IntakeVerdict>;

/** The queue that other programs add onboardings to. It belongs to the ledger that claimed it first. */
export interface IntakeQueue {
  /** Claims the queue if no ledger has. Throws {@link QueueUnavailableError} while Redis is away. */
  claim(): Promise<'ours' | { readonly ofLedger: string; readonly key: string }>;
  consume(handler: IntakeHandler): JobConsumer;
}
