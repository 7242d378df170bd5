import type { JobVerdict } from '../domain/job.ts';
import type { RunContext } from '../domain/round.ts';
import { isOpen } from '../domain/state-machine.ts';

/**
 * What the queue hears of a job whose run changes nothing: after a crash between commit and acknowledgement, or when
 * another run of the same job was faster. The ledger's row speaks. An open one waits on, without spending a round.
 */
export function standingVerdict(
  { onboarding }: RunContext,
  run: { readonly replays: number },
  now: number,
): JobVerdict {
  if (onboarding.replays !== run.replays) return { kind: 'done' };
  const code = onboarding.error?.code;
  if (onboarding.status === 'failed' && code !== undefined) return { kind: 'failed', code };
  if (!isOpen(onboarding.status)) return { kind: 'done' };
  const until = onboarding.nextAttemptAt === null ? now : Date.parse(onboarding.nextAttemptAt);
  return { kind: 'snooze', delayMs: Math.max(0, until - now), code: code ?? onboarding.status };
}
