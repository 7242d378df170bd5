import { ACCEPT } from './baseline/accept/accept-function.ts';
import { REQUEST_CHECKS } from './baseline/accept/check-request.ts';
import { TEXT_FUNCTIONS } from './baseline/accept/text-functions.ts';
import { CHANGES } from './baseline/changes.ts';
import { DELIVERIES } from './baseline/deliveries.ts';
import { FIGURES } from './baseline/figures.ts';
import { INTAKE } from './baseline/intake.ts';
import { ONBOARDINGS } from './baseline/onboardings.ts';
import { OPERATIONS } from './baseline/operations.ts';
import { SAVE_ROUNDS } from './baseline/save-rounds.ts';
import type { Migration } from './migration.ts';

/**
 * The whole schema of the first release: docs/decisions/0022-one-baseline-migration.md.
 *
 * - Everything is in the schema `onboarding`, so that the ledger can share a database with other applications.
 * - Ids are ULIDs: with COLLATE "C" their text order is their time order, and comparisons are cheap.
 * - Instants have milliseconds, as the API serves them.
 * - Check constraints hold for every writer, SQL functions included.
 * - `closeToPublic` revokes PUBLIC's rights on functions and types after the migrations.
 */
export const baseline: Migration = {
  number: 1,
  name: 'baseline',
  statements: [
    ...ONBOARDINGS,
    ...INTAKE,
    ...CHANGES,
    ...FIGURES,
    ...DELIVERIES,
    ...OPERATIONS,
    ...SAVE_ROUNDS,
    ...TEXT_FUNCTIONS,
    ...REQUEST_CHECKS,
    ...ACCEPT,
  ],
};
