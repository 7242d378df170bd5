import fc from 'fast-check';
import { EFFORT, SEED } from './random.ts';

/** For properties that do not set their own. */
fc.configureGlobal({ seed: SEED, numRuns: 100 * EFFORT });
