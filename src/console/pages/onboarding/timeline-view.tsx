import { duration } from '../../relative-time.ts';
import { Copyable } from '../../views/copy.tsx';
import { Icon } from '../../views/icon.tsx';
import { Time } from '../../views/time.tsx';
import type { Moment } from './timeline.ts';

export function Timeline({ moments, now }: { moments: readonly Moment[]; now: number }) {
  return (
    <ol class="timeline">
      {moments.map((moment, index) => (
        <li key={index} class={`${moment.tone}${moment.isAhead === true ? ' ahead' : ''}`}>
          <span class="marker">
            <Icon name={moment.icon} />
          </span>
          <div>
            <p>
              <b>{moment.href === undefined ? moment.title : <a href={moment.href}>{moment.title}</a>}</b>
              {moment.durationMs === undefined ? null : (
                <span class="faint">{duration(moment.durationMs)}</span>
              )}
              <Time at={moment.at} now={now} />
            </p>
            {moment.text === undefined || moment.text === '' ? null : <p class="said">{moment.text}</p>}
            {moment.requestId === undefined ? null : (
              <p class="faint">
                AWS request <Copyable text={moment.requestId} what="request id" />
              </p>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
