/** Small drawings beside figures. Each is a picture for those who see it, and a sentence for those who do not. */
import type { Replay } from '../../domain/replay.ts';
import { count } from '../format.ts';
import type { Tone } from './badge.tsx';

/** A small trend, oldest first. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const top = Math.max(1, ...values);
  const last = Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) => `${round((index / last) * 100)},${round(27 - (value / top) * 25)}`,
  );
  return (
    <svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label={label}>
      <path fill="currentcolor" opacity="0.12" d={`M0,28 L${points.join(' L')} L100,28 Z`} />
      <polyline
        fill="none"
        stroke="currentcolor"
        stroke-width="1.5"
        vector-effect="non-scaling-stroke"
        points={points.join(' ')}
      />
    </svg>
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;

interface Share {
  readonly tone: Tone;
  readonly count: number;
}

/** Parts of a whole, side by side; what is left over stays empty. The figures stand beside it as text. */
export function ShareBar({ shares, of, label }: { shares: readonly Share[]; of: number; label: string }) {
  const whole = Math.max(1, of);
  let from = 0;
  return (
    <svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={label}>
      {shares.map(({ tone, count: size }) => {
        const x = (from / whole) * 100;
        from += size;
        return size === 0 ? null : (
          <rect key={tone} class={tone} x={x} y="0" width={(size / whole) * 100} height="8" />
        );
      })}
    </svg>
  );
}

/** What became of a replay's set so far. */
export function ReplayBar({ replay }: { replay: Replay }) {
  const { matched, provisioned, failed, cancelled, skipped } = replay;
  return (
    <ShareBar
      of={matched}
      label={`${count(provisioned)} of ${count(matched)} provisioned, ${count(failed)} failed again`}
      shares={[
        { tone: 'good', count: provisioned },
        { tone: 'bad', count: failed },
        { tone: 'idle', count: cancelled + skipped },
        { tone: 'busy', count: inQueue(replay) },
      ]}
    />
  );
}

/** Queued by the replay and not ended yet. */
export const inQueue = ({ queued, provisioned, failed, cancelled }: Replay): number =>
  Math.max(0, queued - provisioned - failed - cancelled);
