import type { Onboarding } from '../../../domain/onboarding.ts';
import type { AdvisedFailures } from '../../../operations/failures.ts';
import { count, counted } from '../../format.ts';
import { AdviceSide, AdviceText } from '../../views/advice.tsx';
import { Icon } from '../../views/icon.tsx';
import { ShareBar, Sparkline } from '../../views/charts.tsx';
import { SourceName, Time } from '../../views/values.tsx';
import { hrefOf } from '../../query.ts';

export interface FailureGroupProps {
  readonly group: AdvisedFailures;
  readonly samples: ReadonlyMap<string, Onboarding>;
  readonly region: string;
  readonly isOpen: boolean;
  readonly mayReplay: boolean;
}

/** The form that replays all that failed with one of these codes. @param region empty: in all of them */
export const replayHref = (codes: readonly string[], region: string): string =>
  hrefOf('/onboardings/replay', { status: 'failed', errorCode: codes.join(' '), region });

/** One cause: a line, and under it all that is known about it. */
export function FailureGroup({ group, samples, region, isOpen, mayReplay }: FailureGroupProps) {
  const { errorCode, kind, count: size, lastSeenAt, firstSeenAt, advice } = group;
  return (
    <details
      id={`group-${kind}-${errorCode}`}
      class="group"
      data-version={`${size} ${lastSeenAt}`}
      open={isOpen}
    >
      <Summary group={group} />
      <div class="group-body">
        <div class="stack">
          <h3>Meaning and fix</h3>
          <AdviceText advice={advice} />
          <p class="row close">
            {mayReplay ? (
              <a class="button" href={replayHref([errorCode], region)} data-dialog>
                Replay {counted(size, 'onboarding')}…
              </a>
            ) : null}
            <a class="button quiet" href={hrefOf('/onboardings', { status: 'failed', errorCode, region })}>
              View onboardings
            </a>
          </p>
        </div>
        <div class="stack">
          <h3>Newest message</h3>
          <p class="said">{group.message}</p> <h3>Regions</h3>
          <Where group={group} />
          <h3>Newest onboardings</h3>
          <Samples ids={group.sampleIds} samples={samples} />
          <p class="faint">
            First <Time at={firstSeenAt} />, last <Time at={lastSeenAt} />
          </p>
        </div>
      </div>
    </details>
  );
}

function Summary({ group }: Pick<FailureGroupProps, 'group'>) {
  const { errorCode, count: size, hours, lastSeenAt, advice } = group;
  const lastHour = hours.at(-1) ?? 0;
  return (
    <summary data-open>
      <Icon name="chevron" />
      <b class="group-count">{count(size)}</b>
      <span class="group-name">
        {advice.title}
        <span class="under">{errorCode}</span>
      </span>
      <AdviceSide advice={advice} />
      <span class="group-trend">
        <Sparkline
          values={hours}
          label={`Failures per hour in the last 24 hours; ${lastHour} in the last hour`}
        />
        <span class="small faint">{lastHour === 0 ? 'none in 1 h' : `+${count(lastHour)} in 1 h`}</span>
      </span>
      <span class="group-time">
        <Time at={lastSeenAt} />
      </span>
    </summary>
  );
}

function Where({ group: { regions, count: size } }: { group: AdvisedFailures }) {
  return (
    <ul>
      {regions.map(({ region, count: there }) => (
        <li key={region} class="where">
          <code>{region}</code>
          <ShareBar of={size} shares={[{ tone: 'bad', count: there }]} label={`${there} of ${size}`} />
          <span>{count(there)}</span>
        </li>
      ))}
    </ul>
  );
}

function Samples({ ids, samples }: { ids: readonly string[] } & Pick<FailureGroupProps, 'samples'>) {
  return (
    <ul>
      {ids.map((id) => {
        const onboarding = samples.get(id);
        return (
          <li key={id} class="apart sample">
            <a class="plain cut" href={`/onboardings/${id}`}>
              {onboarding === undefined ? <code>{id}</code> : <SourceName name={onboarding.sourceName} />}
            </a>
            {onboarding?.completedAt == null ? null : <Time at={onboarding.completedAt} />}
          </li>
        );
      })}
    </ul>
  );
}
