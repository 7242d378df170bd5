import { givenWhole } from './given-number.ts';

/** What random tests start from: fixed, so that two runs check the same. `npm run explore` sets others. */
export const SEED = givenWhole('TEST_SEED', process.env['TEST_SEED'] ?? '1', 0);

/** How many times as many cases as `npm test` checks. */
export const EFFORT = givenWhole('TEST_EFFORT', process.env['TEST_EFFORT'] ?? '1');
