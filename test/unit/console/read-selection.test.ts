import { expect, test } from 'vitest';
import { onboardingId } from '../../../src/domain/ids.ts';
import { readSelection, SELECTION_MAX } from '../../../src/console/pages/selection/read-selection.ts';

const id = (number: number): string => onboardingId(1_700_000_000_000 + number, new Uint8Array(16));

test('takes ticked boxes one by one and the ids of our own forms together, each once', () => {
  expect(readSelection({ id: id(1) })).toEqual([id(1)]);
  expect(readSelection({ id: [id(1), id(2), id(1)] })).toEqual([id(1), id(2)]);
  expect(readSelection({ ids: `${id(3)} ${id(4)}` })).toEqual([id(3), id(4)]);
});

test('leaves out what is no id, and takes nothing for nothing', () => {
  expect(readSelection({ id: ['../../etc/passwd', id(1), { id: id(2) }] })).toEqual([id(1)]);
  for (const nothing of [undefined, null, 'text', {}, { id: {} }]) expect(readSelection(nothing)).toEqual([]);
});

test('says of too many that they are', () => {
  const all = Array.from({ length: SELECTION_MAX }, (_, number) => id(number));
  expect(readSelection({ id: all })).toHaveLength(SELECTION_MAX);
  expect(readSelection({ id: [...all, id(SELECTION_MAX)] })).toBeUndefined();
});
