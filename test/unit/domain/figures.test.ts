import { describe, expect, it } from 'vitest';
import { FIGURE_WINDOWS, pointsOf, spanOf, type FigureWindow } from '../../../src/domain/figures.ts';

const NOW = Date.parse('2026-03-01T12:07:08.900Z');

describe('the span of a window', () => {
  it.each([
    ['15m', '2026-03-01T11:53:00.000Z', '2026-03-01T12:08:00.000Z'],
    ['24h', '2026-02-28T12:15:00.000Z', '2026-03-01T12:15:00.000Z'],
    ['7d', '2026-02-22T13:00:00.000Z', '2026-03-01T13:00:00.000Z'],
  ] as const)('%s ends with the step that is going on', (window, from, to) => {
    expect(spanOf(FIGURE_WINDOWS[window], NOW)).toMatchObject({ from, to });
  });

  it.each(Object.keys(FIGURE_WINDOWS) as FigureWindow[])(
    '%s begins a new step with its first instant',
    (window) => {
      const { to } = spanOf(FIGURE_WINDOWS[window], NOW);
      expect(spanOf(FIGURE_WINDOWS[window], Date.parse(to)).to).not.toBe(to);
      expect(spanOf(FIGURE_WINDOWS[window], Date.parse(to) - 1).to).toBe(to);
    },
  );
});

describe('points', () => {
  const span = { from: '2026-03-01T12:00:00.000Z', to: '2026-03-01T12:03:00.000Z', stepSeconds: 60 };
  const nothing = { accepted: 0, provisioned: 0, failed: 0, retried: 0, cancelled: 0 };

  it('are there for every step, with what happened in it', () => {
    const at = '2026-03-01T12:01:00.000Z';
    const figures = [
      { at, happened: 'failed', count: 2 },
      { at, happened: 'failed', count: 1 },
      { at, happened: 'accepted', count: 5 },
      { at: '2026-03-01T12:03:00.000Z', happened: 'failed', count: 9 },
    ] as const;
    expect(pointsOf(span, figures)).toEqual([
      { at: span.from, ...nothing },
      { at, ...nothing, failed: 3, accepted: 5 },
      { at: '2026-03-01T12:02:00.000Z', ...nothing },
    ]);
  });
});
