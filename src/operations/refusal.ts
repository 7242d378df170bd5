import type { ProblemCode } from '../domain/problem-codes.ts';
import type { CancelResult } from './cancel.ts';
import type { ReplayResult } from './replay.ts';

/** Why an operator's order was not carried out, and what to do instead. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
}

/** A cancel or a replay of one onboarding that came to nothing. */
type Refused = Exclude<CancelResult | ReplayResult, { readonly onboarding: unknown }>;

/** What stood in the way, as the API and the console tell it. */
export function refusalOf(result: Refused): Refusal {
  switch (result.kind) {
    case 'notFound':
      return { code: 'not_found', detail: 'No onboarding has this id.' };
    case 'attemptRunning':
      return {
        code: 'attempt_running',
        detail:
          'A worker is processing this onboarding and may be calling AWS. Nothing was changed; try again in a moment.',
      };
    case 'notCancellable':
      return {
        code: 'not_cancellable',
        detail:
          result.status === 'cancelled'
            ? 'The onboarding is already cancelled. To onboard the customer after all, send the same request again.'
            : 'The onboarding is provisioned. To undo it, delete the partner event source at AWS.',
      };
    case 'notReplayable':
      return {
        code: 'not_replayable',
        detail:
          result.status === 'cancelled'
            ? 'The onboarding is cancelled. Onboard the customer again; this creates a new onboarding.'
            : `The onboarding is ${result.status} and still in progress. Only failed onboardings can be replayed.`,
      };
    case 'draining':
      return {
        code: 'region_draining',
        detail: 'The Region is draining, so nothing new is queued there. Resume the Region first.',
      };
    case 'alreadyProvisioned':
      return {
        code: 'already_provisioned',
        detail: 'The source exists at AWS for this account. Nothing to replay.',
      };
    case 'unverified':
      return {
        code: 'aws_unavailable',
        detail: `A provisioned onboarding can be replayed only if its source no longer exists at AWS. The check failed with ${result.code}: ${result.message}`,
      };
  }
}
