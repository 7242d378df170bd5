import type { Onboarding } from '../domain/onboarding.ts';
import type { Answer } from './answers.ts';
import { abortedBy, failed } from './http-call.ts';
import { pause } from './pause.ts';
import { askedMs, backoffMs, isPassing } from './retry.ts';
import { hasEnded } from './wire.ts';

/** A service that is stopping answers a waiting call early; this keeps the next one from coming at once. */
const ASK_PAUSE_MS = 250;
/** Milliseconds without one good answer after which waiting makes no sense any more. */
const OUTAGE_MAX_MS = 30_000;

/** Asks on until the onboarding has ended, through outages of the service of up to 30 s. */
export async function waitForEnd(
  ask: () => Promise<Answer<Onboarding>>,
  signal: AbortSignal | undefined,
): Promise<Answer<Onboarding>> {
  let misses = 0;
  let silentSince = 0;
  while (true) {
    const answer = await ask();
    if (answer.ok) {
      if (hasEnded(answer.value)) return answer;
      misses = 0;
      await pause(ASK_PAUSE_MS, signal);
    } else {
      if (misses === 0) silentSince = Date.now();
      const waitMs = ASK_PAUSE_MS + backoffMs(misses) + askedMs(answer.error);
      if (!isPassing(answer.error) || Date.now() + waitMs - silentSince >= OUTAGE_MAX_MS) return answer;
      await pause(waitMs, signal);
      misses += 1;
    }
    if (signal?.aborted === true) return failed(abortedBy(signal));
  }
}
