/** What intake keeps beside the onboardings: answers under idempotency keys, imports, and lifts. */
export const INTAKE: readonly string[] = [
  // `key` and `fingerprint` are digests. The answer is text and not jsonb: it is sent again byte by byte.
  `create table onboarding.idempotency_keys (
     key text collate "C" primary key,
     fingerprint text collate "C" not null,
     answer text not null,
     created_at timestamptz(3) not null
   )`,
  `create index idempotency_keys_by_age on onboarding.idempotency_keys (created_at)`,

  `create table onboarding.imports (
     id text collate "C" primary key,
     rows integer not null,
     accepted integer not null,
     duplicates integer not null,
     rejected integer not null,
     cleaned integer not null,
     ignored_columns jsonb not null,
     delimiter text not null,
     columns jsonb not null,
     created_at timestamptz(3) not null
   )`,
  // Written while the upload is read, so before the import's own row: no foreign key. Ids begin with their time, by which
  // rows are deleted.
  `create table onboarding.import_rejects (
     import_id text collate "C" not null,
     row integer not null,
     line integer not null,
     cells jsonb not null,
     issues jsonb not null,
     primary key (import_id, row)
   )`,

  // Live requests by SQL for waiting bulk onboardings. `onboarding.accept` inserts, the service lifts and deletes: an
  // update of the onboarding's row would lock it until the caller's transaction ends. No foreign key for the same reason.
  `create table onboarding.lifts (
     id bigint generated always as identity primary key,
     onboarding_id text collate "C" not null,
     at timestamptz(3) not null
   )`,
];
