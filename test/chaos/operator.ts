/** The operator in the midst of it: pauses Regions and replays what failed, one by one and all at once, through whichever API answers. */
import type { Onboarding } from '../../src/domain/onboarding.ts';
import type { Callers } from './callers.ts';
import { pause } from './fleet.ts';

export interface Operator {
  pause(region: string, ms: number): Promise<void>;
  replaySomeFailed(): Promise<void>;
  /** Everything that has failed, a few a second; after `ms` it may be cancelled. Who was in it stands in the ledger. */
  replayAllFailed(ms: number, isCancelled: boolean): Promise<void>;
  /** How often a replay of an onboarding by itself was asked for, and how often the answer was that it is queued. */
  readonly replays: ReadonlyMap<string, { asked: number; queued: number }>;
}

const REPLAYED_AT_ONCE = 10;
const REPLAYED_A_SECOND = 20;

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
    async replayAllFailed(ms, isCancelled) {
      const body = { filter: { status: 'failed' }, ratePerSecond: REPLAYED_A_SECOND, reason: 'chaos' };
      const made = await callers.untilAnswered('POST', '/v1/replays', { body: JSON.stringify(body) });
      if (made.status === 422) return;
      if (made.status !== 202) throw new Error(`A replay was answered ${JSON.stringify(made)}`);
      await pause(ms);
      const { id } = made.body as { id: string };
      if (isCancelled) await callers.untilAnswered('POST', `/v1/replays/${id}/cancel`, { body: reason });
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
