import type { Decision } from '../domain/decision.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import type { RoundEnd, RoundSaved } from '../domain/round.ts';
import type { Metrics } from '../ports.ts';

/** Counts a round once its result has been saved. @param now milliseconds since 1970 */
export function countRound(
  metrics: Pick<Metrics, 'roundEnded' | 'provisioned'>,
  onboarding: Onboarding,
  { decision, saved, now }: { decision: Decision; saved: RoundSaved; now: number },
): void {
  metrics.roundEnded(onboarding, endOf(decision, saved), 'error' in decision ? decision.error.code : null);
  // A replayed one was created long before its present replay began, and nothing here says when that was.
  if (decision.kind === 'provision' && saved !== 'fenced' && onboarding.replays === 0) {
    metrics.provisioned(onboarding, now - Date.parse(onboarding.createdAt));
  }
}

function endOf(decision: Decision, saved: RoundSaved): RoundEnd {
  if (saved !== 'saved') return saved;
  switch (decision.kind) {
    case 'provision':
      return 'provisioned';
    case 'fail':
      return 'failed';
    default:
      return decision.kind;
  }
}
