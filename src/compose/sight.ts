import type { App } from '../api/app.ts';
import { createSideApp } from '../api/side-app.ts';
import { readReadiness, type Readiness } from '../operations/readiness.ts';
import { readRegionStates } from '../operations/regions.ts';
import type { Config } from '../runtime/config.ts';
import { createScrape, type Scrape } from '../runtime/metrics/scrape.ts';
import { sharedRead } from '../runtime/metrics/shared-read.ts';
import type { ComposeContext } from './context.ts';
import type { Ground } from './ground.ts';

/** How a process is seen from outside: whether it can serve, and its figures. */
export interface Sight {
  readonly readiness: () => Promise<Readiness>;
  readonly scrape: Scrape;
}

const READINESS = { withinMs: 5_000, keepMs: 200 };

export function sightOf(config: Config, context: ComposeContext, ground: Ground): Sight {
  const servesHttp = config.parts.includes('http');
  const places = { ...ground, circuits: ground.queue.circuits, regions: config.regions };
  // Open to everybody, so however many ask, the ledger and Redis are asked a few times a second.
  const read = sharedRead(() => readReadiness({ ...places, ...context, servesHttp }), READINESS);
  return {
    async readiness() {
      if (context.stopping.aborted) return { status: 'unavailable', parts: { service: 'stopping' } };
      return (await read()) ?? { status: 'unavailable', parts: { service: 'failing' } };
    },
    scrape: createScrape({
      ...config,
      ...context,
      ...ground,
      parts: [...config.parts, 'events'],
      regionStates: () => readRegionStates(places),
    }),
  };
}

/** The same on a port of its own, which a process without HTTP can have too. */
export async function createSideAppOf(context: ComposeContext, sight: Sight): Promise<App> {
  const app = await createSideApp({ log: context.log, ...sight });
  context.closers.add('side app', () => app.close());
  return app;
}
