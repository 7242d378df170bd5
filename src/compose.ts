/**
 * The composition root: the one place that knows every adapter and use case. Opens what the configuration asks
 * for (src/compose/ground.ts) and hands the use cases their ports. Called by workers/ alone.
 */
import type { App } from './api/app.ts';
import type { ComposeContext } from './compose/context.ts';
import { openGround } from './compose/ground.ts';
import { createHttpApp } from './compose/http-app.ts';
import { createRescue, type Rescue } from './maintenance/rescue.ts';
import type { JobConsumer } from './ports.ts';
import { createProvisioner } from './provisioning/provision.ts';
import type { Config } from './runtime/config.ts';

/** What the workers run. */
export interface Service {
  readonly app: App | undefined;
  readonly rescue: Rescue;
  /** One consumer per Region. */
  consume(): readonly JobConsumer[];
}

export async function compose(config: Config, context: ComposeContext): Promise<Service> {
  const ground = await openGround(config, context);
  const provisioner = createProvisioner({
    ...ground,
    clock: context.clock,
    log: context.log,
    random: Math.random,
    policy: config.retry,
  });
  return {
    app: config.parts.includes('http') ? await createHttpApp(config, context, ground) : undefined,
    rescue: createRescue({ ...ground, clock: context.clock, log: context.log }),
    consume: () => config.regions.map((region) => ground.queue.consume(region, provisioner)),
  };
}
