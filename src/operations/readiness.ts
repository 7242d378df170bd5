import { deliveryTroubles } from '../domain/delivery-policy.ts';
import { readRegionStates, type RegionReads, type RegionState } from './regions.ts';

/** What the process can do now; `parts` names each part and, when it is not well, why. */
export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly parts: Readonly<Record<string, string>>;
}

export interface ReadinessDeps extends RegionReads {
  /** Whether this process answers HTTP: it still takes onboardings while Redis is down. */
  readonly servesHttp: boolean;
  readonly troubles: () => Readonly<Record<string, string>>;
}

export async function readReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const states = readRegionStates(deps);
  const [ledger, queue] = await Promise.all([wellness(states), wellness(deps.queue.ping())]);
  const known = { ledger, redis: queue, ...deps.troubles() };
  if (ledger !== 'ok' || (queue !== 'ok' && !deps.servesHttp)) return { status: 'unavailable', parts: known };
  const parts = { ...known, ...heldRegions(await states), ...(await lateDeliveries(deps)) };
  return { status: Object.values(parts).every((part) => part === 'ok') ? 'ok' : 'degraded', parts };
}

/** The Regions that do not run, or take nothing new into their queue, by name. */
function heldRegions(states: readonly RegionState[]): Record<string, string> {
  return Object.fromEntries(
    states.flatMap((state) => {
      const held = heldBecause(state);
      return held.length === 0 ? [] : [[state.region, held.join(', ')]];
    }),
  );
}

async function lateDeliveries({ ledger }: ReadinessDeps): Promise<Record<string, string>> {
  const troubles = deliveryTroubles(await ledger.deliveryBacklog());
  return troubles.length === 0 ? {} : { deliveries: troubles.join(', ') };
}

/** Codes only: operators' reasons are not public. */
function heldBecause({ circuit, pause, drain }: RegionState): readonly string[] {
  return [
    ...(pause === null ? [] : ['paused']),
    ...(drain === null ? [] : ['draining']),
    ...(circuit === null || circuit.state === 'closed' ? [] : [`circuit ${circuit.state}: ${circuit.code}`]),
    ...(circuit?.off == null ? [] : [`off: ${circuit.off.code}`]),
  ];
}

/** The error's class only: its message may name hosts, and this answer is public. */
async function wellness(ping: Promise<unknown>): Promise<string> {
  try {
    await ping;
    return 'ok';
  } catch (error) {
    return error instanceof Error && error.name.endsWith('UnavailableError') ? 'unreachable' : 'failing';
  }
}
