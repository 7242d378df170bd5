import { expect, test } from 'vitest';
import { createPlaces } from '../../../src/runtime/places.ts';

test('a holder gets its share and no more, all together no more than there are, and what is given back is free', () => {
  const places = createPlaces({ inAll: 3, perHolder: 2 });
  const take = (...holders: readonly string[]) => holders.map((holder) => places.take(holder));
  expect(take('ann', 'ann', 'ann')).toEqual(['taken', 'taken', 'holderHasEnough']);
  expect(take('bob', 'bob', 'cem')).toEqual(['taken', 'allAreTaken', 'allAreTaken']);
  places.giveBack('bob');
  expect(take('ann', 'cem', 'bob')).toEqual(['holderHasEnough', 'taken', 'allAreTaken']);
  places.giveBack('ann');
  places.giveBack('ann');
  expect(take('ann', 'ann', 'ann')).toEqual(['taken', 'taken', 'holderHasEnough']);
});
