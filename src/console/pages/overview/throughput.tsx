import { FIGURE_WINDOWS, type FigurePoint, type FigureWindow } from '../../../domain/figures.ts';
import type { Chart } from '../../../operations/figures.ts';
import { count, sum } from '../../format.ts';
import { hrefOf } from '../../query.ts';
import { Tabs } from '../../views/lists.tsx';

const SERIES = ['provisioned', 'retried', 'failed'] as const;
const TONES = { provisioned: 'good', retried: 'warn', failed: 'bad' } as const;

/** What happened in time: a bar for each step, which shows its figures on hover. */
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
            label="Time range"
            value={window}
            choices={Object.keys(FIGURE_WINDOWS) as FigureWindow[]}
            hrefFor={(choice) => hrefOf('/', { window: choice })}
          />
        </div>
      </div>
      <div id="throughput" class="chart small faint" data-live>
        <Drawing chart={chart} />
      </div>
    </section>
  );
}

const HEIGHT = 100;

function Drawing({ chart: { points, from, to, stepSeconds } }: { chart: Chart }) {
  const lines = linesUpTo(Math.max(1, ...points.map(sizeOf)));
  const scale = HEIGHT / (lines.at(-1) ?? 1);
  const grid = lines.map((line) => `M0,${HEIGHT - line * scale}h${points.length}`);
  return (
    <>
      <div class="apart chart-values">
        {lines.toReversed().map((line) => (
          <span key={line}>{count(line)}</span>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${points.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`From ${from} to ${to}: ${SERIES.map((name) => `${total(points, name)} ${name}`).join(', ')}`}
      >
        <path class="chart-grid" vector-effect="non-scaling-stroke" d={grid.join('')} />
        {points.map((point, index) =>
          sizeOf(point) === 0 ? null : (
            <Bar key={index} point={point} index={index} scale={scale} stepSeconds={stepSeconds} />
          ),
        )}
      </svg>
      <span>UTC</span>
      <div class="apart">
        {timesBetween(Date.parse(from), Date.parse(to)).map((at) => (
          <span key={at}>{shortTime(at)}</span>
        ))}
      </div>
    </>
  );
}

interface BarProps {
  readonly point: FigurePoint;
  readonly index: number;
  /** Height of one onboarding. */
  readonly scale: number;
  readonly stepSeconds: number;
}

/** Each series stands on those before it. All of the step's width can be pointed at. */
function Bar({ point, index, scale, stepSeconds }: BarProps) {
  const until = new Date(Date.parse(point.at) + stepSeconds * 1_000).toISOString();
  const figures = SERIES.map((name) => `${count(point[name])} ${name}`).join(' · ');
  let y = HEIGHT;
  return (
    <g>
      <title>{`${shortTime(point.at)} to ${until.slice(11, 16)} UTC · ${figures}`}</title>
      <rect class="chart-step" x={index} width="1" height={HEIGHT} />
      {SERIES.map((name) => {
        const height = point[name] * scale;
        y -= height;
        return <rect key={name} class={TONES[name]} x={index + 0.1} y={y} width="0.8" height={height} />;
      })}
    </g>
  );
}

/** From 0 by steps of 1, 2 or 5 and their tens, at most five of them, until the highest is reached. */
function linesUpTo(highest: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(highest / 4));
  const step = Math.max(1, power * ([1, 2, 5].find((size) => size * power * 4 >= highest) ?? 10));
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, index) => index * step);
}

/** The ends of the chart and two instants in between. */
const timesBetween = (from: number, to: number): readonly string[] =>
  [0, 1, 2, 3].map((third) => new Date(from + ((to - from) * third) / 3).toISOString());

const shortTime = (at: string): string => `${at.slice(5, 10)} ${at.slice(11, 16)}`;

const sizeOf = (point: FigurePoint): number => sum(SERIES.map((name) => point[name]));

const total = (points: readonly FigurePoint[], name: (typeof SERIES)[number]): number =>
  sum(points.map((point) => point[name]));
