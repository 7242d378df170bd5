/**
 * The composition root: the one place that knows every adapter and use case. Opens what the configuration asks
 * for (src/compose/ground.ts) and hands the use cases their ports. Called by workers/ alone.
 */
import type { App } from './api/app.ts';
import type { ComposeContext } from './compose/context.ts';
import { createNotifications, type Notifications } from './compose/create-notifications.ts';
import { openGround } from './compose/ground.ts';
import { createHttpApp } from './compose/http-app.ts';
import { createSideAppOf, sightOf } from './compose/sight.ts';
import { createRescue, type Rescue } from './maintenance/rescue.ts';
import type { JobConsumer } from './ports.ts';
import { createProvisioner } from './provisioning/provision.ts';
import { createRegionKeeper, type RegionKeeper } from './provisioning/region-keeper.ts';
import type { Config } from './runtime/config.ts';

/** What the workers run. */
export interface Service {
  readonly app: App | undefined;
  /** Figures and health, for METRICS_PORT. */
  readonly sideApp: App | undefined;
  readonly rescue: Rescue;
  readonly notifications: Notifications;
  readonly regionKeeper: Pick<RegionKeeper, 'tick' | 'run'>;
  /** One consumer per Region. */
  consume(): readonly JobConsumer[];
}

export async function compose(config: Config, context: ComposeContext): Promise<Service> {
  const ground = await openGround(config, context);
  const { clock, log, metrics } = context;
  const sight = sightOf(config, context, ground);
  const regionKeeper = createRegionKeeper({
    ...ground,
    circuits: ground.queue.circuits,
    regions: config.regions,
    clock,
    log,
  });
  const provisioner = createProvisioner({
    ...ground,
    regions: regionKeeper,
    clock,
    log,
    metrics,
    random: Math.random,
    policy: config.retry,
  });
  return {
    app: config.parts.includes('http') ? await createHttpApp(config, context, { ground, sight }) : undefined,
    sideApp: config.metricsPort === undefined ? undefined : await createSideAppOf(context, sight),
    rescue: createRescue({ ...ground, ...context, deliveries: ground.queue.deliveries }),
    notifications: createNotifications(config, context, ground),
    regionKeeper,
    consume: () => config.regions.map((region) => ground.queue.consume(region, provisioner)),
  };
}
