import { adviceFor } from '../../../domain/advice.ts';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { REPLAY_RATE_MAX, type ReplayPreview } from '../../../domain/replay.ts';
import { count } from '../../format.ts';
import { Icon } from '../../views/icon.tsx';
import { ReplayWorth } from '../../views/badge.tsx';
import { SourceName } from '../../views/values.tsx';
import { LeftOut } from '../onboardings/selection.tsx';

interface StartPreviewProps {
  readonly preview: ReplayPreview;
  /** Those that were ticked and are not failed. */
  readonly skipped: readonly Onboarding[];
  /** What they are filtered by; undefined: they were ticked. */
  readonly given: Readonly<Partial<Record<string, string>>> | undefined;
}

/** Of how many, of which causes and where a replay would be. */
export function StartPreview({ preview, skipped, given = {} }: StartPreviewProps) {
  return (
    <>
      <p class="row close">
        {Object.entries(given).map(([name, value]) => (
          <span key={name} class="chip">
            {name}: {value}
          </span>
        ))}
      </p>
      <ul class="stack">
        {preview.byErrorCode.map((group) => (
          <Cause key={group.errorCode} group={group} />
        ))}
      </ul>
      <p>
        {preview.byRegion.map(({ region, count: failed }) => `${count(failed)} in ${region}`).join(' · ')}
      </p>
      <PausedRegions regions={preview.byRegion.filter(({ paused }) => paused).map(({ region }) => region)} />
      <Sample preview={preview} />
      <Skipped skipped={skipped} />
      <p class="faint">
        Each gets a full retry budget in the bulk lane; live signups go first. Later failures are not
        included. You can cancel the replay while it runs.
      </p>
    </>
  );
}

/** Says that nothing happens there for now. */
export function PausedRegions({ regions }: { regions: readonly string[] }) {
  if (regions.length === 0) return null;
  return (
    <p class="sunk afterFix beside">
      <Icon name="pause" />
      <span>
        <b>
          {regions.join(', ')} {regions.length === 1 ? 'is' : 'are'} paused.
        </b>{' '}
        Onboardings there wait until you <a href="/regions">resume the Region</a>.
      </span>
    </p>
  );
}

/** What they failed with, and whether a replay makes sense for it. */
function Cause({ group }: { group: ReplayPreview['byErrorCode'][number] }) {
  const advice = adviceFor(group.errorCode, group.kind);
  return (
    <li class={`sunk ${advice.replay}`}>
      <p class="row close">
        <b>{count(group.count)}</b> <code>{group.errorCode}</code> <ReplayWorth advice={advice} />
      </p>
      <p>{advice.replayNote}</p>
    </li>
  );
}

const SAMPLES_SHOWN = 3;

function Sample({ preview: { sample, matched } }: Pick<StartPreviewProps, 'preview'>) {
  const shown = sample.slice(0, SAMPLES_SHOWN);
  const more = matched - shown.length;
  return (
    <ul>
      {shown.map(({ id, sourceName }) => (
        <li key={id}>
          <SourceName name={sourceName} />
        </li>
      ))}
      {more > 0 ? <li class="faint">and {count(more)} more</li> : null}
    </ul>
  );
}

export function Skipped({ skipped }: { skipped: readonly Onboarding[] }) {
  return (
    <LeftOut
      judged={skipped.map((onboarding) => ({ onboarding, refusal: undefined }))}
      title="skipped: not failed"
    />
  );
}

export function RateField({ value }: { value: string }) {
  return (
    <>
      <label for="rate">Maximum per second</label>
      <input
        id="rate"
        name="ratePerSecond"
        type="number"
        min="1"
        max={REPLAY_RATE_MAX}
        value={value}
        placeholder="none"
        autocomplete="off"
      />
    </>
  );
}
