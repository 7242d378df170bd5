import { LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
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
  readonly health: Health;
  readonly troubles: () => Readonly<Record<string, string>>;
}

/** What the service stands on, looked at for all that ask. `ok`, or why it cannot be used, without names of hosts. */
export interface Health {
  readonly ledger: () => Promise<string>;
  readonly redis: () => Promise<string>;
  /** Parts that no process runs, of all hosts; none while that is not known. */
  readonly missingParts: () => Promise<readonly string[]>;
}

export async function readReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const { health } = deps;
  const [ledger, redis, missing, states] = await Promise.all([
    health.ledger(),
    health.redis(),
    health.missingParts(),
    readRegionStates(deps).catch(() => undefined),
  ]);
  const absent = Object.fromEntries(missing.map((part) => [part, 'not running']));
  const known = { ledger, redis, ...absent, ...deps.troubles() };
  const cannotServe = ledger !== 'ok' || states === undefined || (redis !== 'ok' && !deps.servesHttp);
  if (cannotServe) return { status: 'unavailable', parts: known };
  const parts = { ...known, ...heldRegions(states), ...(await lateDeliveries(deps)) };
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

/** `ok`, or what is wrong: never the error's message, which may name hosts, since health is public. */
export async function healthOf(ping: Promise<unknown>): Promise<string> {
  try {
    await ping;
    return 'ok';
  } catch (error) {
    if (!(error instanceof QueueUnavailableError || error instanceof LedgerUnavailableError))
      return 'failing';
    return error.refusal === undefined ? 'unreachable' : `refuses writes: ${error.refusal}`;
  }
}
