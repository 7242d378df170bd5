import { adviceFor } from '../../../domain/advice.ts';
import { REPLAY_RATE_MAX, type ReplayPreview } from '../../../domain/replay.ts';
import { count, counted } from '../../numbers.ts';
import type { Page } from '../../respond.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { SourceName } from '../../views/source-name.tsx';
import { ReplayWorth } from './replay-worth.tsx';

export interface CodePreview {
  readonly code: string;
  readonly preview: ReplayPreview;
}

/** What somebody sent, to be shown again with what is wrong. */
export interface Typed {
  readonly reason: string;
  readonly rate: string;
  readonly problem: string;
}

export interface ReplayFailuresView {
  /** Each with at least one that would be replayed. */
  readonly previews: readonly CodePreview[];
  readonly action: string;
  readonly region: string;
  readonly typed: Typed | undefined;
}

const SAMPLES_SHOWN = 3;

/** Asks for a reason, and says of how many of which kind a replay would be. */
export function replayFailuresPage({ previews, action, region, typed }: ReplayFailuresView): Page {
  const total = previews.reduce((sum, { preview }) => sum + preview.matched, 0);
  const back = region === '' ? '/failures' : `/failures?region=${encodeURIComponent(region)}`;
  return {
    title: 'Replay failures',
    needs: ['figures.css'],
    body: ({ viewer }) => (
      <ReasonForm
        action={action}
        viewer={viewer}
        verb={`Replay ${count(total)}`}
        back={back}
        reason={typed?.reason ?? ''}
        problem={typed?.problem}
        more={<RateField value={typed?.rate ?? ''} />}
      >
        <h1>Replay {counted(total, 'failed onboarding')}?</h1>
        <ul class="replay-codes">
          {previews.map((one) => (
            <CodeRow key={one.code} {...one} />
          ))}
        </ul>
        <Regions previews={previews} />
        <Sample previews={previews} total={total} />
        <p class="faint">
          Each gets a full budget of rounds, in the bulk lane: signups go first. What fails from now on is not
          in it.
        </p>
      </ReasonForm>
    ),
  };
}

function CodeRow({ code, preview: { matched, byErrorCode } }: CodePreview) {
  const advice = adviceFor(code, byErrorCode[0]?.kind);
  return (
    <li class={`note ${advice.replay}`}>
      <p>
        <b>{count(matched)}</b> <code>{code}</code> <ReplayWorth advice={advice} />
      </p>
      <p>{advice.replayNote}</p>
    </li>
  );
}

function Regions({ previews }: Pick<ReplayFailuresView, 'previews'>) {
  const regions = new Map<string, number>();
  for (const { region, count: there } of previews.flatMap(({ preview }) => preview.byRegion))
    regions.set(region, (regions.get(region) ?? 0) + there);
  return (
    <p>
      {[...regions].map(([region, there], index) => (
        <span key={region}>
          {index === 0 ? '' : ' · '}
          {count(there)} in <code>{region}</code>
        </span>
      ))}
    </p>
  );
}

function Sample({ previews, total }: Pick<ReplayFailuresView, 'previews'> & { total: number }) {
  const sample = previews.flatMap(({ preview }) => preview.sample).slice(0, SAMPLES_SHOWN);
  const more = total - sample.length;
  return (
    <ul class="samples">
      {sample.map(({ id, sourceName }) => (
        <li key={id}>
          <SourceName name={sourceName} />
        </li>
      ))}
      {more > 0 ? <li class="faint">and {count(more)} more</li> : null}
    </ul>
  );
}

function RateField({ value }: { value: string }) {
  return (
    <label class="rate-field">
      At most
      <input
        type="number"
        name="rate"
        inputMode="numeric"
        min="1"
        max={REPLAY_RATE_MAX}
        step="1"
        value={value}
        placeholder="any"
        aria-label="At most so many a second"
      />
      a second
    </label>
  );
}

/** When all of them were replayed meanwhile, or ended otherwise. */
export function nothingToReplay(): Page {
  return {
    title: 'Nothing to replay',
    body: () => (
      <section id="page-action" class="page-action">
        <h1>Nothing is left to replay</h1>
        <p>None of these is failed any more, or somebody else replays them already.</p>
        <p class="buttons">
          <a class="button" href="/replays">
            To the replays
          </a>
          <a class="button quiet" href="/failures" data-close>
            Back
          </a>
        </p>
      </section>
    ),
  };
}
