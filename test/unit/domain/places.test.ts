import { expect, it } from 'vitest';
import { liveOnlyPlaces } from '../../../src/domain/places.ts';

it.each([
  [1, 0],
  [2, 1],
  [3, 2],
  [10, 2],
  [50, 5],
  [51, 6],
  [5_000, 500],
])('of %d places %d are for live jobs alone', (places, live) => {
  expect(liveOnlyPlaces(places)).toBe(live);
});
