import type { CircuitMemory } from './circuit.ts';
import type { Attempt } from './onboarding.ts';
import type { AttemptOutcome } from './outcome.ts';

/** So many denials in a row, the present one counted, before one is taken for the onboarding's own. */
export const DENIALS = 3;

const DENIAL = /^(AccessDenied|NotAuthorized|UnauthorizedOperation)/;

export const isDenial = (outcome: AttemptOutcome): boolean =>
  outcome.kind === 'operatorFault' && DENIAL.test(outcome.code);

/**
 * Whether a denial is the onboarding's own (a policy that names accounts or sources) and not the operator's: the
 * third in a row, all of them since the circuit last closed, while another onboarding of the Region was
 * provisioned since the first. Anything less could be a policy that is being changed.
 * @param earlier the onboarding's saved attempts in their order, the present one not among them
 */
export function deniedAlone(earlier: readonly Attempt[], circuit: CircuitMemory): boolean {
  const last = earlier.slice(1 - DENIALS);
  const [first] = last;
  if (first === undefined || last.length < DENIALS - 1) return false;
  if (!last.every(({ errorCode }) => errorCode !== null && DENIAL.test(errorCode))) return false;
  const since = Date.parse(first.at);
  return (
    circuit.state === 'closed' && (circuit.lastClosedAt ?? 0) < since && (circuit.lastSuccessAt ?? 0) > since
  );
}
