/** What random tests start from: fixed, so that two runs check the same. `npm run explore` sets others. */
export const SEED = Number(process.env['TEST_SEED'] ?? 1);

/** How many times as many cases as `npm test` checks. */
export const EFFORT = Number(process.env['TEST_EFFORT'] ?? 1);
