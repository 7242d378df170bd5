import { adviceFor } from '../../../domain/advice.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { count, counted } from '../../numbers.ts';
import type { Page } from '../../respond.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReasonForm } from '../../views/reason-form.tsx';
import { backOf, type Judged, type Meant } from './meant.ts';

interface View {
  readonly meant: Meant;
  readonly judged: Judged;
  readonly reason?: string;
  readonly rate?: string;
  readonly problem?: string;
}

export function replaySelectedPage({ meant, judged, reason = '', rate = '', problem }: View): Page {
  const { matched } = judged.preview;
  const what = counted(matched, 'failed onboarding');
  const doubts = meant.kind === 'filter' ? Object.values(meant.filters.problems) : [];
  if (matched === 0 || doubts.length > 0) return nothingPage({ meant, judged, doubts });
  return {
    title: `Replay ${what}`,
    body: ({ viewer }) => (
      <ReasonForm
        action="/onboardings/replay"
        viewer={viewer}
        verb={`Replay ${count(matched)}`}
        back={backOf(meant)}
        reason={reason}
        problem={problem}
        fields={fieldsOf(meant)}
        more={<Rate value={rate} />}
      >
        <h1>Replay {what}?</h1>
        {meant.kind === 'filter' ? <Filter given={{ ...meant.filters.given, status: 'failed' }} /> : null}
        <Groups judged={judged} />
        <Skipped skipped={judged.skipped} />
        <p class="faint">
          What fails from now on is not part of it. They go in the bulk lane, so that signups are served
          first, and it can be cancelled on the way.
        </p>
      </ReasonForm>
    ),
  };
}

function nothingPage({
  meant,
  judged,
  doubts,
}: Pick<View, 'meant' | 'judged'> & { doubts: readonly string[] }): Page {
  return {
    title: 'Nothing to replay',
    body: () => (
      <section id="page-action" class="page-action">
        <h1>{doubts.length > 0 ? 'This filter cannot be understood' : 'There is nothing to replay'}</h1>
        {doubts.length > 0 ? (
          <ul class="preview">
            {doubts.map((doubt) => (
              <li key={doubt}>{doubt}</li>
            ))}
          </ul>
        ) : (
          <p>Only failed onboardings are replayed by the many, and none of these is failed.</p>
        )}
        <Skipped skipped={judged.skipped} />
        <p class="buttons">
          <a class="button" href={backOf(meant)}>
            Back to the list
          </a>
        </p>
      </section>
    ),
  };
}

function fieldsOf(meant: Meant): Readonly<Record<string, string>> {
  if (meant.kind === 'ticked') return { ids: meant.ids.join(' ') };
  return { ...meant.filters.given, status: 'failed', before: meant.before };
}

function Filter({ given }: { given: Readonly<Partial<Record<string, string>>> }) {
  return (
    <p class="chips">
      {Object.entries(given).map(([name, value]) => (
        <span key={name} class="chip">
          {name}: {value}
        </span>
      ))}
    </p>
  );
}

/** What they failed with, and whether a replay makes sense for it. */
function Groups({ judged: { preview } }: { judged: Judged }) {
  return (
    <table class="groups">
      <thead>
        <tr>
          <th>Error</th>
          <th class="col-number">Count</th>
        </tr>
      </thead>
      <tbody>
        {preview.byErrorCode.map(({ errorCode, kind, count: failed }) => {
          const advice = adviceFor(errorCode, kind);
          return (
            <tr key={errorCode}>
              <td>
                <b>{errorCode}</b>
                <span class={`sense ${advice.replay}`}>{advice.replayNote}</span>
              </td>
              <td class="col-number">{count(failed)}</td>
            </tr>
          );
        })}
      </tbody>
      <tfoot>
        <tr>
          <td colSpan={2} class="faint">
            {preview.byRegion.map(({ region, count: failed }) => `${region} ${count(failed)}`).join(' · ')}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function Skipped({ skipped }: { skipped: readonly Onboarding[] }) {
  if (skipped.length === 0) return null;
  return (
    <details class="skipped" open={skipped.length <= 5}>
      <summary>
        {skipped.length} of those ticked {skipped.length === 1 ? 'is' : 'are'} left out: not failed
      </summary>
      <ul class="plain">
        {skipped.map(({ id, sourceName, status }) => (
          <li key={id}>
            <StatusBadge status={status} />
            <a class="breaks" href={`/onboardings/${id}`}>
              {sourceName}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Rate({ value }: { value: string }) {
  return (
    <>
      <label for="rate">At most a second</label>
      <input
        id="rate"
        name="ratePerSecond"
        type="text"
        inputMode="numeric"
        value={value}
        placeholder="as fast as the queue takes them"
        autocomplete="off"
      />
    </>
  );
}
