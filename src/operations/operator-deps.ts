import type { Region } from '../domain/region.ts';
import type { CircuitStore, Clock, JobQueue, Ledger, Log, PartnerGateway } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import type { RateGate } from '../ports/rate-gate.ts';

/** What the use cases of operators are given, by the API and by the console alike. Each names what it takes of it. */
export interface OperatorDeps {
  readonly ledger: Ledger;
  readonly queue: JobQueue;
  readonly circuits: CircuitStore;
  readonly rateGate: RateGate;
  readonly gateway: PartnerGateway;
  readonly checkups: readonly Checkup[];
  readonly regions: readonly Region[];
  /** The configured ceiling of a Region's rate: AWS calls a second. */
  readonly quotaPerSecond: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}
