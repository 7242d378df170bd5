import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OnboardingId } from '../../../domain/ids.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { cancelOnboarding, type CancelDeps } from '../../../operations/cancel.ts';
import type { Ledger } from '../../../ports.ts';
import { OPERATED } from '../../access.ts';
import { setNotice } from '../../cookies.ts';
import { readReason } from '../../reason.ts';
import type { Page, Respond } from '../../respond.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { whyNotCancelled } from '../onboarding/cancel.tsx';
import { readSelection } from './read-selection.ts';
import { tooMany } from './replay-selected.tsx';

export interface CancelSelectedDeps {
  readonly cancel: CancelDeps;
  readonly ledger: Pick<Ledger, 'getMany'>;
}

/** One of the ticked ones, with why it is not, or was not, cancelled; undefined: nothing is in the way. */
interface Judged {
  readonly onboarding: Onboarding;
  readonly refusal: string | undefined;
}

/** Each is a call to Redis and a transaction: a selection must not take the service from those who sign up. */
const AT_ONCE = 8;

/** Cancelling many from the list: each as if it were cancelled alone, and each told of by itself. */
export function cancelSelected(
  app: FastifyInstance,
  { cancel, ledger, respond }: CancelSelectedDeps & { respond: Respond },
): void {
  const judgeAll = async (
    ids: readonly OnboardingId[],
    request: { actor: string; reason: string; dryRun: boolean },
  ): Promise<readonly Judged[]> => {
    const judged: Judged[] = [];
    const onboardings = await ledger.getMany(ids);
    for (let from = 0; from < onboardings.length; from += AT_ONCE) {
      const few = onboardings.slice(from, from + AT_ONCE).map(async (onboarding) => {
        const result = await cancelOnboarding(onboarding.id, request, cancel);
        const now = 'onboarding' in result ? result.onboarding : onboarding;
        return { onboarding: now, refusal: whyNotCancelled(result) };
      });
      judged.push(...(await Promise.all(few)));
    }
    return judged;
  };
  const ask = async (
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
    ids: readonly OnboardingId[],
    again?: { readonly typed: string; readonly problem: string },
  ): Promise<FastifyReply> => {
    const judged = await judgeAll(ids, { actor: request.actor, reason: 'preview', dryRun: true });
    const status = again === undefined ? 200 : 400;
    return respond(request, reply, { ...askPage(judged, again), status });
  };

  app.get('/onboardings/cancel', OPERATED, async (request, reply) => {
    const ids = idsIn(request.query);
    return ids === undefined ? respond(request, reply, tooMany(request.url)) : ask({ request, reply }, ids);
  });
  app.post('/onboardings/cancel', OPERATED, async (request, reply) => {
    const ids = idsIn(request.body);
    if (ids === undefined) return respond(request, reply, tooMany(request.url));
    const read = readReason(request.body);
    if (!read.ok) return ask({ request, reply }, ids, read);
    const judged = await judgeAll(ids, { actor: request.actor, reason: read.reason, dryRun: false });
    if (judged.some(({ refusal }) => refusal !== undefined)) return respond(request, reply, donePage(judged));
    setNotice(reply, 'allCancelled');
    return reply.redirect('/onboardings', 303);
  });
}

/** Undefined: too many. */
function idsIn(fields: unknown): readonly OnboardingId[] | undefined {
  const selection = readSelection(fields);
  switch (selection.kind) {
    case 'ticked':
      return selection.ids;
    case 'none':
      return [];
    case 'tooMany':
      return undefined;
  }
}

function askPage(
  judged: readonly Judged[],
  again?: { readonly typed: string; readonly problem: string },
): Page {
  const going = judged.filter(({ refusal }) => refusal === undefined);
  const staying = judged.filter(({ refusal }) => refusal !== undefined);
  if (going.length === 0) return nothingPage(staying);
  const what = `${going.length} ${going.length === 1 ? 'onboarding' : 'onboardings'}`;
  return {
    title: `Cancel ${what}`,
    body: ({ viewer }) => (
      <ReasonForm
        action="/onboardings/cancel"
        viewer={viewer}
        verb={`Cancel ${what}`}
        isGrave
        back="/onboardings"
        reason={again?.typed ?? ''}
        problem={again?.problem}
        fields={{ ids: going.map(({ onboarding }) => onboarding.id).join(' ') }}
      >
        <h1>Cancel {what}?</h1>
        <p>
          For good: a cancelled onboarding is not replayed. Their jobs leave the queue, AWS is not called, and
          the signup system is told of each.
        </p>
        <Items judged={going} />
        <Staying judged={staying} title="left out" />
      </ReasonForm>
    ),
  };
}

function donePage(judged: readonly Judged[]): Page {
  const gone = judged.filter(({ refusal }) => refusal === undefined);
  const staying = judged.filter(({ refusal }) => refusal !== undefined);
  return {
    title: 'Cancelled, but not all',
    body: () => (
      <section id="page-action" class="page-action">
        <h1>
          {gone.length} of {judged.length} cancelled
        </h1>
        <Staying judged={staying} title="not cancelled" />
        <Items judged={gone} />
        <p class="buttons">
          <a
            class="button"
            href={`/onboardings/cancel?${new URLSearchParams(staying.map(({ onboarding }) => ['id', onboarding.id]))}`}
          >
            Try those again
          </a>
          <a class="button quiet" href="/onboardings">
            Back to the list
          </a>
        </p>
      </section>
    ),
  };
}

function nothingPage(staying: readonly Judged[]): Page {
  return {
    title: 'Nothing to cancel',
    body: () => (
      <section id="page-action" class="page-action">
        <h1>There is nothing to cancel</h1>
        {staying.length === 0 ? <p>Tick onboardings in the list first.</p> : null}
        <Staying judged={staying} title="left out" />
        <p class="buttons">
          <a class="button" href="/onboardings">
            Back to the list
          </a>
        </p>
      </section>
    ),
  };
}

function Items({ judged }: { judged: readonly Judged[] }) {
  if (judged.length === 0) return null;
  return (
    <ul class="plain items">
      {judged.map(({ onboarding: { id, status, sourceName } }) => (
        <li key={id}>
          <StatusBadge status={status} />
          <a class="breaks" href={`/onboardings/${id}`}>
            {sourceName}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Staying({ judged, title }: { judged: readonly Judged[]; title: string }) {
  if (judged.length === 0) return null;
  return (
    <section class="skipped">
      <h2>
        {judged.length} {title}
      </h2>
      <ul class="plain">
        {judged.map(({ onboarding: { id, status, sourceName }, refusal }) => (
          <li key={id}>
            <StatusBadge status={status} />
            <span>
              <a class="breaks" href={`/onboardings/${id}`}>
                {sourceName}
              </a>
              <span class="under">{refusal}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
