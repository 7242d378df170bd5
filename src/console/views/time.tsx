import { exactTime, relativeTime } from '../relative-time.ts';

/** An instant as people speak of it, exact on hover; kept fresh by the script. */
export function Time({ at, now }: { at: string; now: number }) {
  return (
    <time dateTime={at} title={exactTime(at)} data-relative>
      {relativeTime(at, now)}
    </time>
  );
}
