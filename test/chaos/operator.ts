/** The operator in the midst of it: pauses Regions and replays what failed, through whichever API answers. */
import type { Onboarding } from '../../src/domain/onboarding.ts';
import type { Callers } from './callers.ts';
import { pause } from './fleet.ts';

export interface Operator {
  pause(region: string, ms: number): Promise<void>;
  replaySomeFailed(): Promise<void>;
  /** How often a replay of an onboarding was asked for, and how often the answer was that it is queued. */
  readonly replays: ReadonlyMap<string, { asked: number; queued: number }>;
}

const REPLAYED_AT_ONCE = 10;

export function createOperator(callers: Callers): Operator {
  const replays = new Map<string, { asked: number; queued: number }>();
  const reason = JSON.stringify({ reason: 'chaos' });
  return {
    replays,
    async pause(region, ms) {
      await callers.untilAnswered('POST', `/v1/regions/${region}/pause`, { body: reason });
      await pause(ms);
      await callers.untilAnswered('POST', `/v1/regions/${region}/resume`, { body: reason });
    },
    async replaySomeFailed() {
      const page = await callers.untilAnswered(
        'GET',
        `/v1/onboardings?status=failed&limit=${REPLAYED_AT_ONCE}`,
      );
      for (const { id } of (page.body as { items: readonly Onboarding[] }).items) {
        const count = replays.get(id) ?? { asked: 0, queued: 0 };
        replays.set(id, count);
        const answer = await callers.untilAnswered('POST', `/v1/onboardings/${id}/replay`, {
          body: reason,
          onTry: () => (count.asked += 1),
        });
        if (answer.status === 202) count.queued += 1;
      }
    },
  };
}
