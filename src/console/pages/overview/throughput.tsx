import { FIGURE_WINDOWS, type FigurePoint, type FigureWindow } from '../../../domain/figures.ts';
import type { Chart } from '../../../operations/figures.ts';
import { count } from '../../format.ts';
import { hrefOf } from '../../query.ts';
import { Tabs } from '../../views/lists.tsx';

const SERIES = ['provisioned', 'retried', 'failed'] as const;
const TONES = { provisioned: 'good', retried: 'warn', failed: 'bad' } as const;

/** What happened in time. Drawn here, for who has no script; src/console/assets/chart.js draws it anew, to be read by pointer. */
export function Throughput({ chart, window }: { chart: Chart; window: FigureWindow }) {
  return (
    <section class="panel stack" aria-label="Throughput">
      <div class="row">
        <h2>Throughput</h2>
        <div id="throughput-totals" class="row soft" data-live>
          {SERIES.map((name) => (
            <span key={name} class={`key ${TONES[name]}`}>
              {name} <b>{count(total(chart.points, name))}</b>
            </span>
          ))}
        </div>
        <div class="end">
          <Tabs
            label="Time shown"
            value={window}
            choices={Object.keys(FIGURE_WINDOWS) as FigureWindow[]}
            hrefFor={(choice) => hrefOf('/', { window: choice })}
          />
        </div>
      </div>
      <div class="chart-frame">
        <div id="throughput-drawn" data-live>
          <Drawing chart={chart} />
        </div>
        <div id="chart" hidden aria-hidden="true" />
        <p id="chart-readout" class="sunk small" hidden aria-hidden="true" />
      </div>
    </section>
  );
}

const HEIGHT = 100;

function Drawing({ chart }: { chart: Chart }) {
  const { points, from, to, stepSeconds } = chart;
  const top = Math.max(1, ...points.map((point) => SERIES.reduce((sum, name) => sum + point[name], 0)));
  const [one, two, three] = SERIES.map((name) => points.map((point) => point[name]));
  const data = JSON.stringify({
    at: points.map(({ at }) => Date.parse(at) / 1_000),
    stepSeconds,
    series: [one, two, three],
  });
  return (
    <>
      <span class="axis top">{count(top)}</span>
      <svg
        viewBox={`0 0 ${points.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`From ${from} to ${to}: ${SERIES.map((name) => `${total(points, name)} ${name}`).join(', ')}`}
        data-chart={data}
      >
        {SERIES.map((name, index) => (
          <path key={name} class={TONES[name]} d={barsOf(points, index, top)} />
        ))}
      </svg>
      <span class="axis from">{shortTime(from)}</span>
      <span class="axis to">{shortTime(to)} UTC</span>
    </>
  );
}

/** The bars of one series, which stand on those of the series before. */
function barsOf(points: readonly FigurePoint[], series: number, top: number): string {
  return points
    .flatMap((point, index) => {
      const value = point[SERIES[series] ?? 'failed'];
      if (value === 0) return [];
      const below = SERIES.slice(0, series).reduce((sum, name) => sum + point[name], 0);
      const y = HEIGHT - (below / top) * HEIGHT;
      return `M${index + 0.1},${round(y)}v${round((-value / top) * HEIGHT)}h.8v${round((value / top) * HEIGHT)}z`;
    })
    .join('');
}

const round = (value: number): number => Math.round(value * 100) / 100;

const shortTime = (at: string): string => `${at.slice(5, 10)} ${at.slice(11, 16)}`;

const total = (points: readonly FigurePoint[], name: (typeof SERIES)[number]): number =>
  points.reduce((sum, point) => sum + point[name], 0);
