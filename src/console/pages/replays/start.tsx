import type { FastifyInstance } from 'fastify';
import type { Onboarding } from '../../../domain/onboarding.ts';
import type { OperatorRequest } from '../../../domain/operator-request.ts';
import {
  REPLAY_RATE_MAX,
  type ReplayFilter,
  type ReplayPreview,
  type ReplayRequest,
} from '../../../domain/replay.ts';
import { shown } from '../../../domain/shown.ts';
import { startReplay, type ReplaysDeps } from '../../../operations/replays.ts';
import { confirmAction, sentFields, type Question, type Refusal } from '../../confirm.tsx';
import { counted } from '../../format.ts';
import { hrefOf, instantField, readFields, textIn } from '../../query.ts';
import type { PagesDeps } from '../../deps.ts';
import { FIELDS, type Filters } from '../onboardings/filters.ts';
import { readSelection, TOO_MANY, type Selection } from '../onboardings/selection.tsx';
import { RateField, Skipped, StartPreview } from './start-view.tsx';

/** What the form asks to replay: those that were ticked, or all failed ones that filters describe. */
interface StartForm {
  readonly selection: Selection;
  readonly filters: Filters;
  /** What failed after it is not in a filter's set, so that no more are replayed than the preview counted. */
  readonly before: string;
  /** How many a second, as it was typed. */
  readonly rate: string;
}

/** Replaying many as one: what it would do, by error and Region, and the start of it. */
export function startReplayAction(app: FastifyInstance, { operator, respond }: PagesDeps): void {
  const preview = async (form: StartForm, order: OperatorRequest): Promise<Question | Refusal> => {
    const { selection } = form;
    const [result, ticked] = await Promise.all([
      startReplay(requestOf(form, order, null), order.actor, operator),
      selection.kind === 'ticked' ? operator.ledger.getMany(selection.ids) : [],
    ]);
    const skipped = ticked.filter(({ status }) => status !== 'failed');
    return result.kind === 'wouldStart' && result.preview.matched > 0
      ? question(form, result.preview, skipped)
      : nothingToReplay(form, skipped);
  };
  confirmAction<StartForm>(app, respond, {
    path: '/onboardings/replay',
    find: (request) => Promise.resolve(readForm(sentFields(request), operator)),
    async run(form, order) {
      const unclear = whyUnclear(form);
      if (unclear !== undefined) return unclear;
      if (order.dryRun) return preview(form, order);
      const ratePerSecond = readRate(form.rate);
      if (ratePerSecond === undefined) return { kind: 'invalidField', problem: rateProblem(form.rate) };
      const result = await startReplay(requestOf(form, order, ratePerSecond), order.actor, operator);
      return result.kind === 'started'
        ? { kind: 'done', to: `/replays/${result.replay.id}`, notice: 'replayStarted' }
        : nothingToReplay(form, []);
    },
  });
}

function readForm(fields: unknown, { clock }: Pick<ReplaysDeps, 'clock'>): StartForm {
  const before = instantField.safeParse(textIn(fields, 'before'));
  return {
    selection: readSelection(fields),
    filters: readFields(fields, FIELDS),
    before: before.success ? before.data : new Date(clock.now()).toISOString(),
    rate: textIn(fields, 'ratePerSecond'),
  };
}

/** A field that cannot be read must not widen what is replayed, and no field at all is no wish. */
function whyUnclear({ selection, filters }: StartForm): Refusal | undefined {
  if (selection.kind === 'tooMany') return TOO_MANY;
  if (selection.kind === 'ticked') return undefined;
  const doubts = Object.values(filters.problems);
  if (doubts.length === 0 && Object.keys(filters.given).length > 0) return undefined;
  const isEmpty = doubts.length === 0;
  return {
    kind: 'refused',
    heading: isEmpty ? 'Nothing was selected' : 'The filter is not valid',
    explanation: (
      <ul class="preview">
        {isEmpty ? (
          <li>Select onboardings in the list, or filter it, for example by the status failed.</li>
        ) : null}
        {doubts.map((doubt) => (
          <li key={doubt}>{doubt}</li>
        ))}
      </ul>
    ),
    back: backOf(filters),
  };
}

const backOf = ({ given }: Filters): string => hrefOf('/onboardings', given);

function requestOf(
  { selection, filters, before }: StartForm,
  { reason, dryRun }: OperatorRequest,
  ratePerSecond: number | null,
): ReplayRequest {
  const filter: ReplayFilter =
    selection.kind === 'ticked'
      ? { status: 'failed', ids: selection.ids }
      : { ...filters.filter, status: 'failed', endedTo: before };
  return { filter, reason, dryRun, ratePerSecond };
}

const rateProblem = (rate: string): string =>
  `Enter a whole number from 1 to ${REPLAY_RATE_MAX}, or leave it empty for no limit, not ${shown(rate)}.`;

/** Null: as fast as the queue takes them. Undefined: no rate. */
function readRate(text: string): number | null | undefined {
  if (text === '') return null;
  const rate = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  return rate >= 1 && rate <= REPLAY_RATE_MAX ? rate : undefined;
}

function question(
  { selection, filters, before, rate }: StartForm,
  preview: ReplayPreview,
  skipped: readonly Onboarding[],
): Question {
  const given = { ...filters.given, status: 'failed' };
  const isTicked = selection.kind === 'ticked';
  return {
    kind: 'question',
    heading: `Replay ${counted(preview.matched, 'failed onboarding')}?`,
    verb: `Replay ${counted(preview.matched, 'onboarding')}`,
    back: backOf(filters),
    hidden: isTicked ? { ids: selection.ids.join(' ') } : { ...given, before },
    fields: <RateField value={rate} />,
    preview: <StartPreview preview={preview} skipped={skipped} given={isTicked ? undefined : given} />,
  };
}

/** None is failed, or all were replayed or cancelled meanwhile. */
const nothingToReplay = ({ filters }: StartForm, skipped: readonly Onboarding[]): Refusal => ({
  kind: 'refused',
  heading: 'Nothing to replay',
  explanation: (
    <>
      <p>A bulk replay includes failed onboardings only, and none of these has failed.</p>
      <Skipped skipped={skipped} />
    </>
  ),
  next: { href: '/replays', text: 'View replays' },
  back: backOf(filters),
});
