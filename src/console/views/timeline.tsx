import { duration } from '../format.ts';
import type { Tone } from './badge.tsx';
import { Icon, type IconName } from './icon.tsx';
import { Copyable, Time } from './values.tsx';

/** One thing that happened, or that is to happen, as the timeline shows it. */
export interface Moment {
  readonly at: string;
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string;
  /** What AWS said, or how an endpoint answered. */
  readonly text?: string | undefined;
  /** AWS's id of the request, for its support. */
  readonly requestId?: string | undefined;
  /** The start of what an endpoint answered with. */
  readonly body?: string | undefined;
  readonly durationMs?: number | undefined;
  /** The page of it. */
  readonly href?: string;
  readonly isAhead?: true;
}

/** What happened to one thing, newest first. */
export function Timeline({ moments }: { moments: readonly Moment[] }) {
  return (
    <ol class="marked timeline">
      {moments.map((moment, index) => (
        <li key={index} class={`${moment.tone}${moment.isAhead === true ? ' ahead' : ''}`}>
          <span class="marker">
            <Icon name={moment.icon} />
          </span>
          <div>
            <p class="row close">
              <span>
                {moment.href === undefined ? moment.title : <a href={moment.href}>{moment.title}</a>}
              </span>
              {moment.durationMs === undefined ? null : (
                <span class="faint">{duration(moment.durationMs)}</span>
              )}
              <span class="end">
                <Time at={moment.at} />
              </span>
            </p>
            {moment.text === undefined || moment.text === '' ? null : <p class="said">{moment.text}</p>}
            {moment.body === undefined || moment.body === '' ? null : (
              <p class="said sunk answer">{moment.body}</p>
            )}
            {moment.requestId === undefined ? null : <AwsRequest id={moment.requestId} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

export const AwsRequest = ({ id }: { id: string }) => (
  <p class="faint">
    AWS request <Copyable text={id} what="request id" />
  </p>
);
