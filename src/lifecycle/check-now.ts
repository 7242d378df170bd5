/** A person's look at one source, at once and before everything that waits at the quota. */
import type { OnboardingId } from '../domain/ids.ts';
import type { Onboarding, Status } from '../domain/onboarding.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { CircuitStore, Ledger } from '../ports.ts';
import { hindranceOf } from './held-regions.ts';
import { look, type LookDeps } from './look.ts';

export interface CheckNowDeps extends LookDeps {
  readonly ledger: LookDeps['ledger'] & Pick<Ledger, 'get' | 'claimCheck' | 'lastingHolds'>;
  readonly circuits: CircuitStore;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

export type CheckNowResult =
  | { readonly kind: 'looked'; readonly onboarding: Onboarding }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'notProvisioned'; readonly status: Status }
  /** By an operator's pause or drain, or because too many sources were missing. */
  | { readonly kind: 'regionHeld'; readonly because: 'paused' | 'draining' | 'losses' }
  /** The circuit is open, Redis is away, or no answer came in time. */
  | { readonly kind: 'awsUnavailable'; readonly detail: string };

/** A second look within this time gives back what the first has found. */
const QUIET_MS = 5_000;
const WITHIN_MS = 10_000;

/** A look that fails at AWS is an answer too: the onboarding's `checkError` says why. */
export async function checkNow(id: OnboardingId, deps: CheckNowDeps): Promise<CheckNowResult> {
  const onboarding = await deps.ledger.get(id);
  if (onboarding === undefined) return { kind: 'notFound' };
  const { status, region } = onboarding;
  if (status !== 'provisioned') return { kind: 'notProvisioned', status };
  const late = AbortSignal.timeout(WITHIN_MS);
  try {
    const { after: circuit } = await deps.circuits.change(region, (memory) => memory);
    const because = hindranceOf(region, await deps.ledger.lastingHolds());
    if (because === 'circuit' || circuit.state !== 'closed') {
      const code = circuit.code ?? 'unknown';
      return { kind: 'awsUnavailable', detail: `Calls to AWS in ${region} are stopped: ${code}.` };
    }
    if (because !== null) return { kind: 'regionHeld', because };
    const now = new Date(deps.clock.now()).toISOString();
    const due = await deps.ledger.claimCheck(id, { now, quietMs: QUIET_MS });
    if (due === undefined) return { kind: 'looked', onboarding: (await deps.ledger.get(id)) ?? onboarding };
    const signal = AbortSignal.any([deps.stopping, late]);
    const looked = await look(due, deps, { signal, turn: { lane: 'live' } });
    return { kind: 'looked', onboarding: looked ?? (await deps.ledger.get(id)) ?? onboarding };
  } catch (error) {
    if (error instanceof QueueUnavailableError)
      return { kind: 'awsUnavailable', detail: 'Redis is unavailable, and with it the shared quota.' };
    if (!late.aborted) throw error;
    return { kind: 'awsUnavailable', detail: `AWS did not respond within ${WITHIN_MS} ms.` };
  }
}
