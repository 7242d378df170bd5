import type { Observability } from '../api/routes/health.ts';
import { readReadiness } from '../operations/readiness.ts';
import { readRegionStates } from '../operations/regions.ts';
import type { Config } from '../runtime/config.ts';
import { createScrape } from '../runtime/metrics/scrape.ts';
import { sharedRead } from '../runtime/metrics/shared-read.ts';
import type { Adapters } from './adapters.ts';
import type { ComposeContext } from './context.ts';

const READINESS = { withinMs: 5_000, keepMs: 200 };

export function createObservability(
  { parts, regions, quotaPerSecond }: Config,
  { metrics, troubles, stopping }: ComposeContext,
  { ledger, queue, rateGate }: Adapters,
): Observability {
  const reads = { ledger, queue, circuits: queue.circuits, regions };
  const servesHttp = parts.includes('http');
  // Open to all, so however many ask, the ledger and Redis are asked a few times a second.
  const read = sharedRead(
    () => readReadiness({ ledger, queue, circuits: queue.circuits, regions, troubles, servesHttp }),
    READINESS,
  );
  return {
    async readiness() {
      if (stopping.aborted) return { status: 'unavailable', parts: { service: 'stopping' } };
      return (await read()) ?? { status: 'unavailable', parts: { service: 'failing' } };
    },
    scrape: createScrape({
      metrics,
      ledger,
      queue,
      rateGate,
      regions,
      quotaPerSecond,
      regionStates: () => readRegionStates(reads),
      parts: [...parts, 'events'],
      troubles,
    }),
  };
}
