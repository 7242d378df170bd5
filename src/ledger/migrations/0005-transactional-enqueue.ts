import type { Migration } from './migration.ts';
import { ACCEPT_FUNCTION } from './transactional-enqueue/accept-function.ts';
import { REQUEST_CHECKS } from './transactional-enqueue/check-request.ts';
import { TEXT_FUNCTIONS } from './transactional-enqueue/text-functions.ts';

/** An onboarding as part of somebody else's transaction in the same database: the function `onboarding.accept`. */
export const transactionalEnqueue: Migration = {
  number: 5,
  name: 'transactional-enqueue',
  statements: [
    // What REGIONS said at the last start: the function has no other way to know.
    `alter table onboarding.stamp add column regions text[] not null default '{}'`,

    // Live requests for waiting bulk onboardings. The function's callers insert, the service lifts and deletes: were the
    // onboarding's row updated at once, it would be locked for as long as the caller's transaction lasts. No foreign key
    // for the same reason.
    `create table onboarding.lifts (
       id bigint generated always as identity primary key,
       onboarding_id text collate "C" not null,
       at timestamptz(3) not null
     )`,

    // What was committed and has no job yet, in the order in which it is queued; nearly always empty.
    `create index onboardings_accepted on onboarding.onboardings (lane desc, id) where status = 'accepted'`,

    ...TEXT_FUNCTIONS,
    ...REQUEST_CHECKS,
    ...ACCEPT_FUNCTION,

    // PostgreSQL lets everybody execute a new function. Who may is for the database's owner to grant.
    `revoke all on all functions in schema onboarding from public`,
  ],
};
