import type { CircuitMemory } from './circuit.ts';
import type { Attempt } from './onboarding.ts';
import type { AttemptOutcome } from './outcome.ts';

/** So many denials in a row, the present one counted, before one is taken for the onboarding's own. */
export const DENIALS = 3;

const DENIAL = /^(AccessDenied|NotAuthorized|UnauthorizedOperation)/;

export const isDenial = (outcome: AttemptOutcome): boolean =>
  outcome.kind === 'operatorFault' && DENIAL.test(outcome.code);

/**
 * Whether a denial is the onboarding's own (a policy excludes its account or source) and not the operator's: at least the third
 * in a row, while another onboarding of the Region was provisioned since the first. Either the last three came since the
 * circuit last closed, or the circuit closed twice between them: onboardings denied at the same time open it together whenever
 * it closes, so none would ever be denied three times while it is closed.
 * @param earlier the onboarding's saved attempts in order, without the current one
 */
export function deniedAlone(earlier: readonly Attempt[], circuit: CircuitMemory): boolean {
  const denials = denialsInARow(earlier);
  const first = denials.at(1 - DENIALS);
  if (first === undefined || circuit.state !== 'closed') return false;
  const isSince = (at: number): boolean =>
    (circuit.lastClosedAt ?? 0) < at && (circuit.lastSuccessAt ?? 0) > at;
  return isSince(first) || closedTwiceBetween(denials, circuit);
}

/** When the last ones were, oldest first, up to any other result or another replay. */
function denialsInARow(earlier: readonly Attempt[]): readonly number[] {
  const replay = earlier.at(-1)?.replay;
  const before = earlier.findLastIndex(
    ({ errorCode, ...attempt }) => !DENIAL.test(errorCode ?? '') || attempt.replay !== replay,
  );
  return earlier.slice(before + 1).map(({ at }) => Date.parse(at));
}

function closedTwiceBetween(
  denials: readonly number[],
  { lastClosedAt: second, closedBeforeAt: first, lastSuccessAt }: CircuitMemory,
): boolean {
  if (first === null || second === null) return false;
  const before = denials.find((at) => at < first);
  return (
    before !== undefined && denials.some((at) => at > first && at < second) && (lastSuccessAt ?? 0) > before
  );
}
