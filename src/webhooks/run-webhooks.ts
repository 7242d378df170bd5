/**
 * Webhooks, straight from the ledger: claims due deliveries under a lease and calls their endpoints. Any number of processes
 * may do so; a dead one leaves a lease that expires. Run by the part `webhooks` only.
 */
import type { DeliveryRun } from '../domain/delivery.ts';
import { LedgerUnavailableError } from '../domain/unavailable.ts';
import type { WebhookLedger } from '../ports/webhooks.ts';
import { deliver, type DeliverDeps } from './deliver.ts';

export interface WebhookDeps extends DeliverDeps {
  readonly ledger: Pick<WebhookLedger, 'claimDeliveries' | 'saveDeliveryAttempt' | 'releaseDelivery'>;
  /** Bound on one call, in milliseconds. */
  readonly timeoutMs: number;
}

/** Calls in flight: each may take seconds, and costs next to nothing meanwhile. */
const PLACES = 50;
/** So many of one origin: an endpoint that hangs leaves the other places to the other endpoints. */
const PLACES_PER_ORIGIN = 10;
/** How long a delivery that is due may wait for a process that has places free. */
const LOOK_EVERY_MS = 500;
/** From the end of a call to the end of its lease: what saving it may take, however slow the ledger is. */
const SAVED_WITHIN_MS = 15_000;

interface Call {
  readonly origin: string;
  readonly cut: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Delivers until the signal aborts. Calls that are under way then may end for `graceMs`; the rest is cut, and their
 * deliveries go back with no attempt spent. An outage of the ledger is waited out.
 */
export async function runWebhooks(deps: WebhookDeps, graceMs: number, signal: AbortSignal): Promise<void> {
  const calls = new Set<Call>();
  let wake = new AbortController();
  const stop = (): void => wake.abort();
  signal.addEventListener('abort', stop);
  const start = (run: DeliveryRun): void => {
    const cut = new AbortController();
    const ended = deliver(deps, run, cut.signal).catch((error: unknown) => {
      deps.log.error({ err: error, delivery_id: run.delivery.id }, 'delivery.not_saved');
    });
    const call = { origin: run.origin, cut, ended };
    calls.add(call);
    void ended.finally(() => {
      if (isFull(calls, run.origin)) wake.abort();
      calls.delete(call);
    });
  };
  try {
    while (!signal.aborted) {
      // Before the look, so that a place that becomes free in the midst of it leads to another one.
      wake = new AbortController();
      const runs = await claim(deps, calls);
      runs.forEach(start);
      if (runs.length === 0) await deps.clock.sleep(LOOK_EVERY_MS, wake.signal).catch(() => undefined);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    const over = new AbortController();
    const ended = Promise.all([...calls].map(async (call) => call.ended)).finally(() => over.abort());
    await deps.clock.sleep(graceMs, over.signal).catch(() => undefined);
    calls.forEach(({ cut }) => cut.abort());
    await ended;
  }
}

async function claim(deps: WebhookDeps, calls: ReadonlySet<Call>): Promise<readonly DeliveryRun[]> {
  const limit = PLACES - calls.size;
  if (limit === 0) return [];
  try {
    return await deps.ledger.claimDeliveries({
      now: new Date(deps.clock.now()).toISOString(),
      limit,
      perOrigin: PLACES_PER_ORIGIN,
      inFlight: countByOrigin(calls),
      leaseMs: deps.timeoutMs + SAVED_WITHIN_MS,
    });
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    deps.log.warn({ err: error }, 'notifications.not_carried');
    return [];
  }
}

function countByOrigin(calls: ReadonlySet<Call>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { origin } of calls) counts[origin] = (counts[origin] ?? 0) + 1;
  return counts;
}

const isFull = (calls: ReadonlySet<Call>, origin: string): boolean =>
  calls.size === PLACES || countByOrigin(calls)[origin] === PLACES_PER_ORIGIN;
