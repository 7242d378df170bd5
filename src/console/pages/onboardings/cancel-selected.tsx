import type { FastifyInstance } from 'fastify';
import type { OperatorRequest } from '../../../domain/operator-request.ts';
import { cancelOnboarding } from '../../../operations/cancel.ts';
import { refusalOf } from '../../../operations/refusal.ts';
import { confirmAction, sentFields, type Question, type Refusal } from '../../confirm.tsx';
import { counted } from '../../format.ts';
import type { PagesDeps } from '../../deps.ts';
import {
  LeftOut,
  readSelection,
  SelectedNames,
  TOO_MANY,
  type Judged,
  type Selection,
} from './selection.tsx';

/** Each is a call to Redis and a transaction: a selection must not take the service from those who sign up. */
const AT_ONCE = 8;

/** Cancelling many from the list: each as if it were cancelled alone, and each told of by itself. */
export function cancelSelected(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  const cancelEach = async (selection: Selection, order: OperatorRequest): Promise<readonly Judged[]> => {
    const judged: Judged[] = [];
    const onboardings = selection.kind === 'ticked' ? await operator.ledger.getMany(selection.ids) : [];
    for (let from = 0; from < onboardings.length; from += AT_ONCE) {
      const few = onboardings.slice(from, from + AT_ONCE).map(async (onboarding) => {
        const result = await cancelOnboarding(onboarding.id, order, operator);
        if ('onboarding' in result) return { onboarding: result.onboarding, refusal: undefined };
        return { onboarding, refusal: refusalOf(result).detail };
      });
      judged.push(...(await Promise.all(few)));
    }
    return judged;
  };
  confirmAction<Selection>(app, respond, {
    path: '/onboardings/cancel',
    find: (request) => Promise.resolve(readSelection(sentFields(request))),
    async run(selection, order) {
      if (selection.kind === 'tooMany') return TOO_MANY;
      const judged = await cancelEach(selection, order);
      if (order.dryRun) return question(judged);
      return judged.every(({ refusal }) => refusal === undefined)
        ? { kind: 'done', to: '/onboardings', notice: 'allCancelled' }
        : cancelledInPart(judged);
    },
  });
}

const cancellable = ({ refusal }: Judged): boolean => refusal === undefined;

function question(judged: readonly Judged[]): Question | Refusal {
  const going = judged.filter(cancellable);
  const staying = judged.filter((one) => !cancellable(one));
  if (going.length === 0) return nothingToCancel(staying);
  const what = counted(going.length, 'onboarding');
  return {
    kind: 'question',
    heading: `Cancel ${what}?`,
    verb: `Cancel ${what}`,
    isGrave: true,
    back: '/onboardings',
    hidden: { ids: going.map(({ onboarding }) => onboarding.id).join(' ') },
    preview: (
      <>
        <p>
          This is permanent: cancelled onboardings cannot be replayed. Their jobs are removed from the queue,
          AWS is not called, and a webhook is sent for each.
        </p>
        <SelectedNames judged={going} />
        <LeftOut judged={staying} title="skipped" />
      </>
    ),
  };
}

function cancelledInPart(judged: readonly Judged[]): Refusal {
  const gone = judged.filter(cancellable);
  const staying = judged.filter((one) => !cancellable(one));
  const again = new URLSearchParams(staying.map(({ onboarding }) => ['id', onboarding.id]));
  return {
    kind: 'refused',
    status: 200,
    heading: `${gone.length} of ${judged.length} cancelled`,
    explanation: (
      <>
        <LeftOut judged={staying} title="not cancelled" />
        <SelectedNames judged={gone} />
      </>
    ),
    next: { href: `/onboardings/cancel?${again}`, text: 'Retry the others' },
    back: '/onboardings',
  };
}

const nothingToCancel = (staying: readonly Judged[]): Refusal => ({
  kind: 'refused',
  heading: 'Nothing to cancel',
  explanation: (
    <>
      {staying.length === 0 ? <p>Select onboardings in the list first.</p> : null}
      <LeftOut judged={staying} title="skipped" />
    </>
  ),
  back: '/onboardings',
});
