import type { Observability } from '../api/routes/health.ts';
import { healthOf, readReadiness, type Health } from '../operations/readiness.ts';
import { readRegionStates } from '../operations/regions.ts';
import { PARTS, type Config } from '../runtime/config.ts';
import { createScrape } from '../runtime/metrics/scrape.ts';
import { sharedRead } from '../runtime/metrics/shared-read.ts';
import type { Adapters } from './adapters.ts';
import type { ComposeContext } from './context.ts';

const READINESS = { withinMs: 5_000, keepMs: 200 };
/** Each look writes a little; longer than the bounds on the calls themselves. */
const HEALTH = { withinMs: 2_500, keepMs: 1_000 };

export function createObservability(
  { parts, regions, quotaPerSecond }: Config,
  { metrics, troubles, draining }: ComposeContext,
  { ledger, queue, rateGate }: Adapters,
): Observability {
  const reads = { ledger, queue, circuits: queue.circuits, regions };
  const servesHttp = parts.includes('http');
  const looks = {
    ledger: sharedRead(() => healthOf(ledger.ping()), HEALTH),
    redis: sharedRead(() => healthOf(queue.ping()), HEALTH),
    running: sharedRead(() => queue.running(PARTS), HEALTH),
  };
  const health: Health = {
    ledger: async () => (await looks.ledger()) ?? 'unreachable',
    redis: async () => (await looks.redis()) ?? 'unreachable',
    async missingParts() {
      const running = await looks.running();
      return running === undefined ? [] : PARTS.filter((part) => !running.includes(part));
    },
  };
  // Open to all, so however many ask, the ledger and Redis are asked a few times a second.
  const read = sharedRead(() => readReadiness({ ...reads, health, troubles, servesHttp }), READINESS);
  return {
    async readiness() {
      if (draining.aborted) return { status: 'unavailable', parts: { service: 'stopping' } };
      return (await read()) ?? { status: 'unavailable', parts: { service: 'failing' } };
    },
    scrape: createScrape({
      metrics,
      health,
      ledger,
      queue,
      rateGate,
      regions,
      quotaPerSecond,
      regionStates: () => readRegionStates(reads),
      parts: [...parts, 'events'],
      everyPart: PARTS,
      troubles,
    }),
  };
}
