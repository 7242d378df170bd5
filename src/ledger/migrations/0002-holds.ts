import type { Migration } from './migration.ts';

/**
 * When and why a Region's onboardings waited: an operator's pause, or an open circuit. A pause is such a row, so it
 * survives the loss of Redis; and a deadline stands still for as long as one lasts.
 */
export const holds: Migration = {
  number: 2,
  name: 'holds',
  statements: [
    `create table onboarding.holds (
       id bigint generated always as identity primary key,
       region text collate "C" not null,
       kind text collate "C" not null check (kind in ('operator', 'circuit')),
       reason text not null,
       actor text,
       began_at timestamptz(3) not null,
       ended_at timestamptz(3),
       constraint holds_end_after_they_begin check (ended_at >= began_at),
       constraint operators_have_names check ((kind = 'operator') = (actor is not null))
     )`,
    `create unique index holds_lasting on onboarding.holds (region, kind) where ended_at is null`,
    `create index holds_by_region on onboarding.holds (region, ended_at)`,
  ],
};
