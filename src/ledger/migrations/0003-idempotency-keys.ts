import type { Migration } from './migration.ts';

/**
 * Answers that were given under an idempotency key. `key` and `fingerprint` are digests. The answer is text and not
 * jsonb: it is sent again as it was, byte by byte.
 */
export const idempotencyKeys: Migration = {
  number: 3,
  name: 'idempotency-keys',
  statements: [
    `create table onboarding.idempotency_keys (
       key text collate "C" primary key,
       fingerprint text collate "C" not null,
       answer text not null,
       created_at timestamptz(3) not null
     )`,
    `create index idempotency_keys_by_age on onboarding.idempotency_keys (created_at)`,
  ],
};
