import { adviceFor } from '../domain/advice.ts';
import type { OnboardingId } from '../domain/ids.ts';
import type { Ledger } from '../ports.ts';
import { replayOnboarding, type ReplayDeps, type ReplayResult } from './replay.ts';

export type RetryResult =
  | ReplayResult
  /** A replay would not help as things are, or is not this caller's to order; `detail` says why. */
  | { readonly kind: 'notRetryable'; readonly detail: string }
  /** Retried often enough today. */
  | { readonly kind: 'retriedOften'; readonly retryAfterSeconds: number };

/** For each onboarding, within {@link PERIOD_MS}. */
const RETRIES_MAX = 3;
const PERIOD_MS = 24 * 3_600_000;
/** In the audit: the actor is the token, the reason is always this. */
const REASON = 'retried by the signup flow';

/**
 * A signup flow's own replay of one failed onboarding, without an operator: only where the advice on its error says that a
 * replay makes sense as things are, and at most three times a day.
 */
export async function retryOnboarding(
  id: OnboardingId,
  { actor, dryRun }: { readonly actor: string; readonly dryRun: boolean },
  deps: ReplayDeps & { readonly ledger: Pick<Ledger, 'listAudit'> },
): Promise<RetryResult> {
  const onboarding = await deps.ledger.get(id);
  if (onboarding === undefined) return { kind: 'notFound' };
  const { status, error } = onboarding;
  if (status !== 'failed' || error === null) {
    return { kind: 'notRetryable', detail: `The onboarding is ${status}. Only a failed one is retried.` };
  }
  switch (adviceFor(error.code, error.kind).replay) {
    case 'afterFix':
      return { kind: 'notRetryable', detail: `${error.code} needs a fix by an operator first.` };
    case 'pointless':
      return {
        kind: 'notRetryable',
        detail: `${error.code} would occur again: correct the request instead.`,
      };
    case 'sensible':
      break;
  }
  const now = deps.clock.now();
  const from = new Date(now - PERIOD_MS).toISOString();
  const { items } = await deps.ledger.listAudit({ subject: id, action: 'replay', from }, { limit: 200 });
  const retries = items.filter(({ reason }) => reason === REASON);
  const oldest = retries[RETRIES_MAX - 1];
  if (oldest !== undefined) {
    const waitMs = Date.parse(oldest.at) + PERIOD_MS - now;
    return { kind: 'retriedOften', retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
  }
  return replayOnboarding(id, { actor, reason: REASON, dryRun }, deps);
}
