import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RegionQueueCounts } from '../../../domain/job.ts';
import { readRegionQueues, type RegionQueue } from '../../../operations/region-queues.ts';
import { changeRegion, type RegionResult, type RegionsDeps } from '../../../operations/regions.ts';
import { OPERATED } from '../../access.ts';
import { setNotice } from '../../cookies.ts';
import { count, counted } from '../../numbers.ts';
import { readReason } from '../../reason.ts';
import type { Page, Respond } from '../../respond.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { NOTHING_HERE } from '../problem.tsx';
import { actionsOn, REGION_ACTIONS, type RegionAction } from './standing.ts';

export interface RegionActionDeps {
  readonly regionActions: RegionsDeps;
  /** AWS calls a second, for each Region. */
  readonly quotaPerSecond: number;
}

const NOTICES = { pause: 'paused', drain: 'draining', resume: 'resumed' } as const;

/** Pausing, draining and resuming: the page that says what would happen, and the deed. */
export function regionActions(
  app: FastifyInstance,
  { regionActions: deps, quotaPerSecond, respond }: RegionActionDeps & { respond: Respond },
): void {
  const find = async (request: FastifyRequest): Promise<RegionQueue | undefined> => {
    const { region } = request.params as { region?: string };
    return (await readRegionQueues(deps)).find((one) => one.region === region);
  };
  const preview = (
    call: { request: FastifyRequest; reply: FastifyReply },
    form: Omit<Form, 'quotaPerSecond'>,
  ): FastifyReply =>
    respond(call.request, call.reply, {
      ...actionPage({ ...form, quotaPerSecond }),
      status: form.problem === undefined ? 200 : 400,
    });

  for (const action of REGION_ACTIONS) {
    app.get(`/regions/:region/${action}`, OPERATED, async (request, reply) => {
      const state = await find(request);
      return state === undefined
        ? respond(request, reply, NOTHING_HERE)
        : preview({ request, reply }, { action, state });
    });
    app.post(`/regions/:region/${action}`, OPERATED, async (request, reply) => {
      const state = await find(request);
      if (state === undefined) return respond(request, reply, NOTHING_HERE);
      const read = readReason(request.body);
      if (!read.ok) {
        return preview({ request, reply }, { action, state, reason: read.typed, problem: read.problem });
      }
      const asked = { action, actor: request.actor, reason: read.reason, dryRun: false };
      const result: RegionResult = await changeRegion(state.region, asked, deps);
      if (result.kind === 'unknownRegion') return respond(request, reply, NOTHING_HERE);
      setNotice(reply, result.kind === 'changed' ? NOTICES[action] : 'regionUnchanged');
      return reply.redirect('/regions', 303);
    });
  }
}

interface Form {
  readonly action: RegionAction;
  readonly state: RegionQueue;
  readonly quotaPerSecond: number;
  readonly reason?: string;
  readonly problem?: string;
}

const VERBS: Readonly<Record<RegionAction, string>> = { pause: 'Pause', drain: 'Drain', resume: 'Resume' };

function actionPage({ action, state, quotaPerSecond, reason = '', problem }: Form): Page {
  const { region } = state;
  const verb = VERBS[action];
  if (!actionsOn(state).includes(action)) return unchangedPage(action, state);
  return {
    title: `${verb} ${region}`,
    body: ({ viewer }) => (
      <ReasonForm
        action={`/regions/${region}/${action}`}
        viewer={viewer}
        verb={`${verb} ${region}`}
        back="/regions"
        reason={reason}
        problem={problem}
      >
        <h1>
          {verb} {region}?
        </h1>
        <ul class="preview">
          {effectsOf(action, state, quotaPerSecond).map((effect) => (
            <li key={effect}>{effect}</li>
          ))}
        </ul>
      </ReasonForm>
    ),
  };
}

function unchangedPage(action: RegionAction, { region, pause, drain }: RegionQueue): Page {
  const hold = action === 'pause' ? pause : action === 'drain' ? drain : null;
  return {
    title: 'Nothing to do',
    body: () => (
      <section id="page-action" class="page-action">
        <h1>Nothing to do</h1>
        <p>
          {hold === null
            ? `${region} is neither paused nor drained.`
            : `${region} is so already, since ${hold.beganAt}: ${hold.actor} did it. Resume it first to give another reason.`}
        </p>
        <p class="buttons">
          <a class="button" href="/regions" data-close>
            Back
          </a>
        </p>
      </section>
    ),
  };
}

/** What will happen, with numbers: to what waits, to what runs, and to whoever calls meanwhile. */
function effectsOf(action: RegionAction, { queue, circuit }: RegionQueue, quota: number): readonly string[] {
  switch (action) {
    case 'pause':
      return [
        `${waitingWords(queue)} in the queue and stay there. No call goes to AWS from half a second on.`,
        ...(queue !== null && queue.active > 0
          ? [
              `${count(queue.active)} are with a worker: those that have begun a call end their attempt, the others wait.`,
            ]
          : []),
        'New onboardings are taken in as ever: callers get 202, and the status stays queued.',
        'Nothing fails by it, and no deadline runs on. It lasts until somebody resumes it.',
      ];
    case 'drain':
      return [
        `${waitingWords(queue)} in the queue and run to their end, at up to ${count(quota)} AWS calls a second.`,
        'New onboardings are taken in, stay accepted and out of the queue: callers get 202, and wait until it is resumed.',
        'Replays are refused with region_draining meanwhile.',
      ];
    case 'resume':
      return [
        `${waitingWords(queue)} in the queue and go on, at up to ${count(quota)} AWS calls a second.`,
        'What was accepted during a drain is queued within seconds.',
        ...(circuit !== null && circuit.state !== 'closed'
          ? [`Its circuit is open (${circuit.code}): it stays held until AWS answers a probe.`]
          : []),
      ];
  }
}

function waitingWords(queue: RegionQueueCounts | null): string {
  if (queue === null) return 'Redis does not answer, so nobody knows how many onboardings wait; they are';
  return counted(queue.waiting + queue.delayed, 'onboarding waits', 'onboardings wait');
}
