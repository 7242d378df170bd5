import type { Clock, Log } from '../ports.ts';
import type { Closers } from '../runtime/closers.ts';
import type { ServiceMetrics } from '../runtime/metrics/registry.ts';

export interface ComposeContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: ServiceMetrics;
  /** Everything opened is added here, also when a later step fails. */
  readonly closers: Closers;
  /** Aborts when the process is to stop; opening gives up then. */
  /** Aborted before `stopping`: callers are to go elsewhere. */
  readonly draining: AbortSignal;
  readonly stopping: AbortSignal;
  /** Names the parts of the process that are down. */
  readonly troubles: () => Readonly<Record<string, string>>;
  /** Prints a line for a person at the terminal; the log is for programs. */
  readonly tell: (line: string) => void;
  /** Where HTTP listens, when it does. */
  readonly url: string | undefined;
}
