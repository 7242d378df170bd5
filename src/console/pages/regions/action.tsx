import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RegionQueueCounts } from '../../../domain/job.ts';
import { changeRegion, readRegionQueues, type RegionQueue } from '../../../operations/regions.ts';
import { confirmAction, type Question, type Refusal } from '../../confirm.tsx';
import { count, counted } from '../../format.ts';
import type { PagesDeps } from '../../deps.ts';

/** What can be done to a Region, in the order of the buttons, and the notice once it is done. */
export const REGION_ACTIONS = {
  resume: { verb: 'Resume', icon: 'play', notice: 'resumed' },
  drain: { verb: 'Drain', icon: 'drain', notice: 'draining' },
  pause: { verb: 'Pause', icon: 'pause', notice: 'paused' },
} as const;
type RegionAction = keyof typeof REGION_ACTIONS;

/** What an operator can do to a Region as it is. */
export const possibleActions = (state: RegionQueue): readonly RegionAction[] =>
  (Object.keys(REGION_ACTIONS) as RegionAction[]).filter((action) => isPossible(action, state));

/** Pauses, drains and resumes. */
export function regionActions(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  const find = async (request: FastifyRequest): Promise<RegionQueue | undefined> => {
    const { region } = request.params as { region?: string };
    return (await readRegionQueues(operator)).find((one) => one.region === region);
  };
  for (const action of Object.keys(REGION_ACTIONS) as RegionAction[]) {
    confirmAction<RegionQueue>(app, respond, {
      path: `/regions/:region/${action}`,
      find,
      async run(state, { actor, reason, dryRun }) {
        if (dryRun) return askAbout(action, state, operator.quotaPerSecond);
        const result = await changeRegion(state.region, { actor, reason, dryRun, action }, operator);
        const notice = result.kind === 'changed' ? REGION_ACTIONS[action].notice : 'regionUnchanged';
        return { kind: 'done', to: '/regions', notice };
      },
    });
  }
}

function isPossible(action: RegionAction, { pause, drain }: RegionQueue): boolean {
  switch (action) {
    case 'resume':
      return pause !== null || drain !== null;
    case 'drain':
      return drain === null;
    case 'pause':
      return pause === null;
  }
}

function askAbout(action: RegionAction, state: RegionQueue, quota: number): Question | Refusal {
  const what = `${REGION_ACTIONS[action].verb} ${state.region}`;
  if (!isPossible(action, state)) return nothingToDo(action, state);
  return {
    kind: 'question',
    heading: `${what}?`,
    verb: what,
    preview: (
      <ul class="preview">
        {effectsOf(action, state, quota).map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
    ),
    back: '/regions',
  };
}

function nothingToDo(action: RegionAction, { region, pause, drain }: RegionQueue): Refusal {
  const hold = action === 'pause' ? pause : action === 'drain' ? drain : null;
  return {
    kind: 'refused',
    heading: 'Nothing to do',
    explanation: (
      <p>
        {hold === null
          ? `${region} is neither paused nor draining.`
          : `${region} is already ${action === 'pause' ? 'paused' : 'draining'}, by ${hold.actor} since ${hold.beganAt}. To change the reason, resume it first.`}
      </p>
    ),
    back: '/regions',
  };
}

/** What will happen, with numbers: to what waits, to what runs, and to callers meanwhile. */
function effectsOf(action: RegionAction, { queue, circuit }: RegionQueue, quota: number): readonly string[] {
  switch (action) {
    case 'pause':
      return [
        `${waitingWords(queue)} in the queue and stay there. AWS calls stop within half a second.`,
        ...(queue !== null && queue.active > 0
          ? [`${count(queue.active)} are running: calls in progress finish, the others wait.`]
          : []),
        'New onboardings are accepted with 202 and stay queued.',
        'No onboarding fails, and deadlines are suspended. The pause lasts until you resume the Region.',
      ];
    case 'drain':
      return [
        `${waitingWords(queue)} in the queue and finish, at up to ${count(quota)} AWS calls per second.`,
        'New onboardings are accepted with 202 but not queued until you resume the Region.',
        'Replays are rejected with region_draining until then.',
      ];
    case 'resume':
      return [
        `${waitingWords(queue)} in the queue and continue, at up to ${count(quota)} AWS calls per second.`,
        'Onboardings accepted during a drain are queued within seconds.',
        ...(circuit !== null && circuit.state !== 'closed'
          ? [`Its circuit is open (${circuit.code}): calls resume when a probe succeeds.`]
          : []),
      ];
  }
}

function waitingWords(queue: RegionQueueCounts | null): string {
  if (queue === null)
    return 'Redis is not responding, so the number of waiting onboardings is unknown; they are';
  return counted(queue.waiting + queue.delayed, 'onboarding waits', 'onboardings wait');
}
