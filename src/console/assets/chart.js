// Draws the throughput anew with uPlot, so that it can be read by pointer. Without it the picture that came with the page stays.
'use strict';

(() => {
  const frame = document.querySelector('.chart-frame');
  const drawn = document.getElementById('throughput-drawn');
  const target = document.getElementById('chart');
  const readout = document.getElementById('chart-readout');
  if (frame === null || window.uPlot === undefined) return;

  const NAMES = ['provisioned', 'retried', 'failed'];
  const WHOLE_STEPS = [1, 2, 5].flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((power) => step * 10 ** power));
  WHOLE_STEPS.sort((one, other) => one - other);
  let shown;
  let plot;

  const read = () => JSON.parse(drawn.querySelector('[data-chart]').dataset.chart);
  /** A colour as it is in this theme: a property itself would still name both. */
  const colour = (name) => {
    target.style.color = `var(${name})`;
    return getComputedStyle(target).color;
  };
  const sans = () => getComputedStyle(document.documentElement).fontFamily;

  /** Each series stands on those before it: the highest is drawn first. */
  function stacked({ at, series }) {
    const sums = at.map(() => 0);
    const layers = series.map((values) => values.map((value, index) => (sums[index] += value)));
    return [at, ...layers.reverse()];
  }

  function say(index) {
    const at = index === null || index === undefined ? undefined : shown.at[index];
    readout.hidden = at === undefined;
    if (at === undefined) return;
    const [from, to] = [at, at + shown.stepSeconds].map((second) =>
      new Date(second * 1_000).toISOString().slice(11, 16),
    );
    const figures = NAMES.map((name, row) => `${shown.series[row][index]} ${name}`).join(' · ');
    readout.textContent = `${from} to ${to} UTC · ${figures}`;
  }

  function draw() {
    plot?.destroy();
    shown = read();
    const axis = {
      stroke: colour('--faint'),
      font: `11px ${sans()}`,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    const bar = (name) => ({
      fill: colour(name),
      stroke: 'transparent',
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars({ size: [0.8, 64], align: 1, gap: 0 }),
    });
    plot = new uPlot(
      {
        width: frame.clientWidth,
        height: frame.clientHeight,
        padding: [8, 16, 0, 0],
        tzDate: (second) => uPlot.tzDate(new Date(second * 1_000), 'Etc/UTC'),
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { range: () => [shown.at[0], shown.at.at(-1) + shown.stepSeconds] },
          y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.05)] },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 20, gap: 4, values: times },
          { ...axis, size: 48, incrs: WHOLE_STEPS },
        ],
        series: [{}, bar('--chart-bad'), bar('--chart-warn'), bar('--chart-good')],
        hooks: { setCursor: [({ cursor }) => say(cursor.idx)] },
      },
      stacked(shown),
      target,
    );
  }

  /** Days where the days differ, else the time of day. */
  function times(_plot, splits) {
    const isDays = shown.stepSeconds >= 3_600;
    return splits.map((second) => {
      const text = new Date(second * 1_000).toISOString();
      return isDays ? text.slice(5, 10) : text.slice(11, 16);
    });
  }

  target.hidden = false;
  frame.classList.add('is-drawn');
  draw();
  new MutationObserver(() => {
    shown = read();
    plot.setData(stacked(shown));
  }).observe(drawn, { childList: true });
  new ResizeObserver(() => plot.setSize({ width: frame.clientWidth, height: frame.clientHeight })).observe(
    frame,
  );
  // Colours are drawn, so a change of theme draws again.
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
})();
