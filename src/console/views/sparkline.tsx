/** A small trend, oldest first. A picture for who sees it, a sentence for who does not. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const top = Math.max(1, ...values);
  const last = Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) => `${round((index / last) * 100)},${round(27 - (value / top) * 25)}`,
  );
  return (
    <svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="spark-area" d={`M0,28 L${points.join(' L')} L100,28 Z`} />
      <polyline class="spark-line" points={points.join(' ')} />
    </svg>
  );
}

const round = (value: number): number => Math.round(value * 10) / 10;
