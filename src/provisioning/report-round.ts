/** What a round leaves in the log and in the metrics. */
import type { Decision } from '../domain/decision.ts';
import type { JobRun } from '../domain/job.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import type { AttemptOutcome } from '../domain/outcome.ts';
import type { NewAttempt, RoundEnd, RoundSaved } from '../domain/round.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { Log, Metrics } from '../ports.ts';

interface AttemptStory {
  readonly onboarding: Onboarding;
  readonly outcome: AttemptOutcome;
  readonly run: JobRun;
  readonly policy: RetryPolicy;
}

/** The one wide line per attempt. Field names are what dashboards and alerts are written against. */
export function logAttempt(log: Log, attempt: NewAttempt & { number: number }, story: AttemptStory): void {
  const { onboarding, outcome, run, policy } = story;
  const level = outcome.kind === 'conflict' || outcome.kind === 'operatorFault' ? 'error' : 'info';
  log[level](
    {
      onboarding_id: onboarding.id,
      job_id: run.jobId,
      region: onboarding.region,
      source_name: onboarding.sourceName,
      lane: onboarding.lane,
      attempt: attempt.number,
      max_rounds: policy.attemptsMax,
      replay: onboarding.replays,
      outcome: attempt.outcome,
      error_name: attempt.errorCode,
      aws_request_id: attempt.requestId,
      duration_ms: attempt.durationMs,
      queue_wait_ms: run.waitedMs,
    },
    'provisioning.attempted',
  );
}

/**
 * AWS holds a source that its onboarding does not want any more. It is not deleted automatically: an operator does it at AWS, or
 * onboards the account again under this name, which adopts it.
 */
export function logSuccessAfterCancel(log: Log, { id, replays, region, sourceName }: Onboarding): void {
  log.error(
    { onboarding_id: id, replay: replays, region, source_name: sourceName },
    'provisioning.success_after_cancel',
  );
}

/** A result that came after its replay had ended: kept as late, or as an attempt only. */
export function logLost(
  log: Log,
  onboarding: Onboarding,
  { saved, outcome }: { saved: Exclude<RoundSaved, 'saved'>; outcome: AttemptOutcome },
): void {
  log.warn(
    { onboarding_id: onboarding.id, replay: onboarding.replays, outcome: outcome.kind, saved },
    saved === 'late' ? 'provisioning.late_success' : 'provisioning.stale_result',
  );
}

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
