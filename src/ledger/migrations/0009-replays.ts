import type { Migration } from './migration.ts';

/**
 * Replays of many onboardings, and their members. Members are numbered from 1, in the order of their ids:
 * `moved_through` is the last one that had its turn, `carried_through` the last one whose job is known to be in the
 * queue; between the two lie the `moving` ones, of one batch. So how far it has come is one row, and whatever is read
 * lies between two numbers: that costs the same for a set of any size, and before the planner knows anything of it.
 *
 * No foreign keys: a million members are written in one statement, and checking each would cost more than that.
 */
export const replays: Migration = {
  number: 9,
  name: 'replays',
  statements: [
    `create table onboarding.replays (
       id text collate "C" primary key,
       status text collate "C" not null default 'running' check (status in ('running', 'completed', 'cancelled')),
       actor text not null,
       reason text not null,
       filter jsonb not null check (jsonb_typeof(filter) = 'object'),
       rate_per_second integer check (rate_per_second between 1 and 10000),
       matched integer not null check (matched > 0),
       queued integer not null default 0,
       skipped integer not null default 0,
       provisioned integer not null default 0,
       failed integer not null default 0,
       cancelled integer not null default 0,
       moving integer not null default 0 check (moving >= 0),
       moved_through integer not null default 0,
       carried_through integer not null default 0,
       paced_from timestamptz not null default now(),
       is_open boolean not null default true,
       leased_by text,
       leased_until timestamptz,
       created_at timestamptz(3) not null,
       updated_at timestamptz(3) not null,
       ended_at timestamptz(3),
       constraint ended_has_an_instant check ((ended_at is not null) = (status <> 'running')),
       constraint queued_were_moved check (carried_through <= moved_through and moved_through <= matched),
       constraint counts_fit check (queued + moving + skipped <= matched and provisioned + failed + cancelled <= queued)
     )`,
    `create index replays_by_status on onboarding.replays (status, id)`,
    // What somebody has to work at: also a cancelled one, until what it had queued has ended.
    `create index replays_open on onboarding.replays (id) where is_open`,

    // `replays`: the onboarding's number when the set was fixed.
    `create table onboarding.replay_members (
       replay_id text collate "C" not null,
       number integer not null,
       onboarding_id text collate "C" not null,
       replays integer not null,
       state text collate "C" not null default 'waiting'
         check (state in ('waiting', 'skipped', 'queued', 'provisioned', 'failed', 'cancelled')),
       primary key (replay_id, number)
     )`,
    `create index replay_members_queued on onboarding.replay_members (replay_id, number)
       where state = 'queued'`,
  ],
};
