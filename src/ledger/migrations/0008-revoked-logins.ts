import type { Migration } from './migration.ts';

/** Logins to the console that were ended before their time. Others are known by their signature alone, and leave no row. */
export const revokedLogins: Migration = {
  number: 8,
  name: 'revoked-logins',
  statements: [
    `create table onboarding.revoked_logins (
       id text collate "C" primary key,
       expires_at timestamptz(3) not null
     )`,
    `create index revoked_logins_expired on onboarding.revoked_logins (expires_at)`,
  ],
};
