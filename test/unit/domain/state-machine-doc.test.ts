import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CONNECTIONS, STATUSES } from '../../../src/domain/onboarding.ts';
import { TRANSITIONS } from '../../../src/domain/state-machine.ts';

const page = readFileSync(new URL('../../../docs/state-machine.md', import.meta.url), 'utf8');
const drawings = [...page.matchAll(/```mermaid\nstateDiagram-v2\n([\s\S]*?)```/g)].map(
  ([, body]) => body ?? '',
);

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly on: string;
}

/** Every line of a drawing is an arrow; one that cannot be read is an error, or it would escape the comparison. */
function arrowsOf(drawing: string): Arrow[] {
  return drawing
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const match = /^\s*(\[\*\]|\w+)\s*-->\s*(\[\*\]|\w+)\s*(?::\s*(.+?)\s*)?$/.exec(line);
      if (match === null) throw new Error(`docs/state-machine.md: cannot read "${line.trim()}"`);
      return { from: match[1]!, to: match[2]!, on: match[3] ?? '' };
    });
}

const shown = ({ from, on, to }: Arrow): string => `${from} --> ${to}: ${on}`;
const inner = (arrows: Arrow[]): Arrow[] => arrows.filter(({ from, to }) => from !== '[*]' && to !== '[*]');

describe('the drawing of our own states', () => {
  const arrows = arrowsOf(drawings[0] ?? '');

  test('has every arrow of the table, and the table every arrow of the drawing', () => {
    expect(inner(arrows).map(shown).sort()).toEqual(TRANSITIONS.map(shown).sort());
  });

  test('begins where an onboarding begins and ends where no arrow leaves', () => {
    expect(arrows.filter(({ from }) => from === '[*]').map(({ to }) => to)).toEqual(['queued', 'accepted']);
    const leaves = (status: string) => TRANSITIONS.some(({ from }) => from === status);
    expect(arrows.filter(({ to }) => to === '[*]').map(({ from }) => from)).toEqual(
      STATUSES.filter((status) => !leaves(status)),
    );
  });

  test('explains every event in its table', () => {
    const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, event]) => event);
    expect(explained.sort()).toEqual([...new Set(TRANSITIONS.map(({ on }) => on))].sort());
  });
});

test('the drawing of the customer’s states shows exactly those that the service knows', () => {
  const drawn = arrowsOf(drawings[1] ?? '').flatMap(({ from, to }) => [from, to]);
  expect([...new Set(drawn)].filter((state) => state !== '[*]').sort()).toEqual([...CONNECTIONS].sort());
});

test('every state of both drawings has its paragraph', () => {
  const paragraphs = [...page.matchAll(/^\*\*(\w+)\.\*\* /gm)].map(([, state]) => state);
  expect(paragraphs).toEqual([...STATUSES, ...CONNECTIONS]);
});
