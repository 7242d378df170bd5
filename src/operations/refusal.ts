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
      return { code: 'not_found', detail: 'There is no onboarding with this id.' };
    case 'attemptRunning':
      return {
        code: 'attempt_running',
        detail:
          'A worker is processing it and may be calling AWS. Nothing was changed; try again in a moment.',
      };
    case 'notCancellable':
      return {
        code: 'not_cancellable',
        detail:
          result.status === 'cancelled'
            ? 'It is cancelled already. To onboard the customer after all, send the same request again.'
            : 'It is provisioned: AWS holds the source. To take it back, delete the partner event source at AWS.',
      };
    case 'notReplayable':
      return {
        code: 'not_replayable',
        detail:
          result.status === 'cancelled'
            ? 'It is cancelled: onboard the customer again, which makes a new onboarding.'
            : `It is ${result.status}: the machine is still at work on it. Only failed ones are replayed.`,
      };
    case 'draining':
      return {
        code: 'region_draining',
        detail: 'Its Region is being drained, so nothing new goes into its queue. Resume the Region first.',
      };
    case 'alreadyProvisioned':
      return {
        code: 'already_provisioned',
        detail: 'AWS holds the source for this account: there is nothing to replay.',
      };
    case 'unverified':
      return {
        code: 'aws_unavailable',
        detail: `Before a provisioned one is replayed, AWS is asked whether the source is still there. It answered ${result.code}: ${result.message}`,
      };
  }
}
