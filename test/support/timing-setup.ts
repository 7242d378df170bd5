import { existsSync } from 'node:fs';
import { eventually } from './eventually.ts';

/** The static steps of `npm test` run beside the other tests, and are mostly over long before. */
const after = process.env['ONBOARD_TIMING_AFTER'];
if (after !== undefined) await eventually(() => existsSync(after), { withinMs: 600_000, everyMs: 100 });
