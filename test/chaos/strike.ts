/** Carries a plan's faults out. Faults of one thing never overlap; those of different things do. */
import { pause, type Fleet } from './fleet.ts';
import type { Operator } from './operator.ts';
import { REGIONS, type Fault, type Plan } from './plan.ts';
import type { Surroundings } from './surroundings.ts';

export interface Stage {
  readonly around: Surroundings;
  readonly fleet: Fleet;
  readonly operator: Operator;
}

/** Resolves when every fault is over and all is whole again. `struck` counts them by name. */
export async function strikeAll(plan: Plan, stage: Stage): Promise<ReadonlyMap<string, number>> {
  const struck = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();
  const inTurn = async (fault: Fault): Promise<void> => {
    const thing = thingOf(fault);
    const before = turns.get(thing) ?? Promise.resolve();
    const mine = before.then(() => strike(fault, stage));
    turns.set(
      thing,
      mine.catch(() => undefined),
    );
    await mine;
  };
  await Promise.all(
    plan.faults.map(async (line) => {
      for (const fault of line) {
        await pause(fault.afterMs);
        await inTurn(fault);
        const name = `${fault.target}.${fault.name}`;
        struck.set(name, (struck.get(name) ?? 0) + 1);
      }
    }),
  );
  return struck;
}

const thingOf = ({ target, nth }: Fault): string =>
  target === 'worker' || target === 'api' ? `${target}-${nth}` : target;

async function strike(fault: Fault, stage: Stage): Promise<void> {
  const { around, fleet } = stage;
  switch (fault.target) {
    case 'worker':
      return strikeProcess(fault, fleet.workers);
    case 'api':
      return strikeProcess(fault, fleet.apis);
    case 'redis':
      return strikeRedis(fault, around.redis);
    case 'postgres':
      return strikePostgres(fault, around.database);
    case 'aws':
      return strikeAws(fault, around);
    case 'operator':
      return strikeAsOperator(fault, stage.operator);
  }
}

async function strikeAsOperator(fault: Fault, operator: Operator): Promise<void> {
  switch (fault.name) {
    case 'pause':
      return operator.pause(regionOf(fault), fault.lastsMs);
    case 'replayMany':
      return operator.replayAllFailed(fault.lastsMs, fault.nth === 0);
    default:
      return operator.replaySomeFailed();
  }
}

const regionOf = ({ nth }: Fault): string => REGIONS[nth % REGIONS.length]!;

/** A process that is killed or stopped comes back soon; only a frozen one stays away for as long as the fault lasts. */
const DOWN_MS = 200;

async function strikeProcess({ name, nth, lastsMs }: Fault, members: Fleet['workers']): Promise<void> {
  const member = members[nth % members.length]!;
  switch (name) {
    case 'kill':
      return member.kill(DOWN_MS);
    case 'stop':
      return member.stop(DOWN_MS);
    case 'freeze':
      return member.freeze(lastsMs);
    default:
      throw unknownFault(name);
  }
}

async function strikeRedis({ name, lastsMs }: Fault, redis: Surroundings['redis']): Promise<void> {
  switch (name) {
    case 'kill':
      return redis.restart('kept');
    case 'loseData':
      return redis.restart('lost');
    case 'outOfMemory':
      await redis.command('CONFIG SET maxmemory 1');
      await pause(lastsMs);
      await redis.command('CONFIG SET maxmemory 0');
      return;
    case 'readOnly':
      // Of a master that is not there: what a failover leaves of the old one.
      await redis.command('REPLICAOF 127.0.0.1 1');
      await pause(lastsMs);
      await redis.command('REPLICAOF NO ONE');
      return;
    default:
      return strikeNetwork(name, lastsMs, redis.proxy);
  }
}

async function strikePostgres({ name, lastsMs }: Fault, database: Surroundings['database']): Promise<void> {
  return name === 'endSessions' ? database.endSessions() : strikeNetwork(name, lastsMs, database.proxy);
}

const MODES: Readonly<Record<string, string>> = {
  internal: 'InternalException',
  unavailable: 'ServiceUnavailable',
  throttling: 'ThrottlingException',
  expired: 'ExpiredTokenException',
  denied: 'AccessDeniedException',
};

async function strikeAws(fault: Fault, { aws, control }: Surroundings): Promise<void> {
  const { name, lastsMs } = fault;
  const region = regionOf(fault);
  const error = MODES[name];
  if (error !== undefined) {
    await control('mode', { region, error });
    await pause(lastsMs);
    return control('mode', { region, error: null });
  }
  switch (name) {
    case 'quota':
      await control('quota', { perSecond: 20, burst: 20, region });
      await pause(lastsMs);
      return control('quota', { perSecond: null, region });
    case 'latency':
      await control('latency', { ms: 200, jitterMs: 600 });
      await pause(lastsMs);
      return control('latency', { ms: 0 });
    default:
      return strikeNetwork(name, lastsMs, aws);
  }
}

async function strikeNetwork(name: string, lastsMs: number, proxy: Surroundings['aws']): Promise<void> {
  switch (name) {
    case 'cut':
      await proxy.cut();
      await pause(lastsMs);
      return proxy.restore();
    case 'halfOpen':
      await proxy.freeze();
      await pause(lastsMs);
      return proxy.restore();
    case 'abandon':
      // Nobody is ever told that these connections are dead.
      proxy.abandon();
      return;
    default:
      throw unknownFault(name);
  }
}

const unknownFault = (name: string): Error => new Error(`No such fault: ${name}`);
