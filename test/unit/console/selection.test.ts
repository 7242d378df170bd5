import { expect, test } from 'vitest';
import { onboardingId } from '../../../src/domain/ids.ts';
import { readSelection, SELECTION_MAX } from '../../../src/console/pages/onboardings/selection.tsx';

const id = (number: number): string => onboardingId(1_700_000_000_000 + number, new Uint8Array(16));

const ticked = (...ids: string[]) => ({ kind: 'ticked', ids });

test('takes ticked boxes one by one and the ids of our own forms together, each once', () => {
  expect(readSelection({ id: id(1) })).toEqual(ticked(id(1)));
  expect(readSelection({ id: [id(1), id(2), id(1)] })).toEqual(ticked(id(1), id(2)));
  expect(readSelection({ ids: `${id(3)} ${id(4)}` })).toEqual(ticked(id(3), id(4)));
});

test('leaves out what is no id, and takes nothing for nothing', () => {
  expect(readSelection({ id: ['../../etc/passwd', id(1), { id: id(2) }] })).toEqual(ticked(id(1)));
  for (const nothing of [undefined, null, 'text', {}])
    expect(readSelection(nothing)).toEqual({ kind: 'none' });
});

test('a selection of what is no id is one of nothing, and not of everything', () => {
  for (const garbage of [{ ids: 'garbage' }, { id: '' }, { id: ['x', 'y'] }])
    expect(readSelection(garbage)).toEqual(ticked());
});

test('says of too many that they are', () => {
  const all = Array.from({ length: SELECTION_MAX }, (_, number) => id(number));
  expect(readSelection({ id: all })).toEqual(ticked(...all));
  expect(readSelection({ id: [...all, id(SELECTION_MAX)] })).toEqual({ kind: 'tooMany' });
});
