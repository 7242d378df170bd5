import type { Tone } from './badge.tsx';

export interface Share {
  readonly tone: Tone;
  readonly count: number;
}

/** Parts of a whole, side by side; what is left over stays empty. The figures stand beside it as text. */
export function ShareBar({ shares, of, label }: { shares: readonly Share[]; of: number; label: string }) {
  const whole = Math.max(1, of);
  let from = 0;
  return (
    <svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={label}>
      {shares.map(({ tone, count }) => {
        const x = (from / whole) * 100;
        from += count;
        return count === 0 ? null : (
          <rect key={tone} class={`share-${tone}`} x={x} y="0" width={(count / whole) * 100} height="8" />
        );
      })}
    </svg>
  );
}
