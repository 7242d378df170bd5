import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LOSS_DECISIONS, type LossDecision } from '../../../domain/check.ts';
import { judgeLosses } from '../../../operations/losses.ts';
import { readRegionStates, type RegionState } from '../../../operations/regions.ts';
import { confirmAction, type Question, type Refusal } from '../../confirm.tsx';
import type { PagesDeps } from '../../deps.ts';
import { counted } from '../../format.ts';

export const LOSS_VERBS = {
  confirm: 'Confirm losses',
  dismiss: 'Dismiss losses',
} as const satisfies Record<LossDecision, string>;

const EFFECTS = {
  confirm: (missing: string) => [
    `${missing} missing. Each is looked at once more; what is still missing becomes removed or expired.`,
    'Their webhooks are sent: customers may be told.',
  ],
  dismiss: (missing: string) => [
    `${missing} missing. Each is looked at again, as if it had not been missing.`,
    'Nothing is sent unless two more looks miss it. Fix the role or the endpoint first.',
  ],
} as const;

/** Judges the missing sources that stopped a Region's looks. */
export function lossActions(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  const find = async (request: FastifyRequest): Promise<RegionState | undefined> => {
    const { region } = request.params as { region?: string };
    return (await readRegionStates(operator)).find((one) => one.region === region);
  };
  for (const decision of LOSS_DECISIONS) {
    confirmAction<RegionState>(app, respond, {
      path: `/regions/:region/${decision}-losses`,
      find,
      async run(state, order) {
        if (order.dryRun && state.checksHeld !== null)
          return askAbout(decision, state, state.checksHeld.lost);
        const result = await judgeLosses(state.region, { ...order, decision }, operator);
        if (result.kind !== 'judged') return nothingHeld(state);
        const notice = decision === 'confirm' ? 'lossesConfirmed' : 'lossesDismissed';
        return { kind: 'done', to: '/regions', notice };
      },
    });
  }
}

function askAbout(decision: LossDecision, { region }: RegionState, lost: number): Question {
  const verb = `${LOSS_VERBS[decision]} in ${region}`;
  return {
    kind: 'question',
    heading: `${verb}?`,
    verb,
    preview: (
      <ul class="preview">
        {EFFECTS[decision](counted(lost, 'source is', 'sources are')).map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
    ),
    isGrave: decision === 'confirm',
    back: '/regions',
  };
}

const nothingHeld = ({ region }: RegionState): Refusal => ({
  kind: 'refused',
  heading: 'Nothing to do',
  explanation: <p>The looks of {region} are not stopped by missing sources.</p>,
  back: '/regions',
});
