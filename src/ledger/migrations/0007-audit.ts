import type { Migration } from './migration.ts';

/**
 * The audit log becomes append-only, and can be listed by whoever looks for a person, an action, a thing or a time. The
 * hold `drain` comes in: a Region's queue runs to its end, and nothing new goes into it.
 */
export const audit: Migration = {
  number: 7,
  name: 'audit',
  statements: [
    // An import or a login is justified by nobody.
    `alter table onboarding.audit alter column reason drop not null`,

    // The order of the list, whatever it is narrowed to.
    `drop index onboarding.audit_by_subject`,
    `create index audit_by_time on onboarding.audit (at, id)`,
    `create index audit_by_actor on onboarding.audit (actor, at, id)`,
    `create index audit_by_action on onboarding.audit (action, at, id)`,
    `create index audit_by_subject on onboarding.audit (subject, at, id)`,

    // For everybody, the owner and superusers included. "always": also where triggers are off for replication.
    `create function onboarding.refuse_audit_change() returns trigger
       language plpgsql set search_path = pg_catalog as $$
     begin
       raise exception using errcode = 'insufficient_privilege',
         message = format('onboarding.audit is append-only: %s is refused.', lower(tg_op));
     end $$`,
    `create trigger audit_is_append_only before update or delete or truncate on onboarding.audit
       for each statement execute function onboarding.refuse_audit_change()`,
    `alter table onboarding.audit enable always trigger audit_is_append_only`,
    `revoke all on function onboarding.refuse_audit_change() from public`,
    // A second lock on the same door: the owner has these rights until they are taken.
    `revoke update, delete, truncate on onboarding.audit from public, current_user`,

    `alter table onboarding.holds drop constraint holds_kind_check`,
    `alter table onboarding.holds drop constraint operators_have_names`,
    `alter table onboarding.holds add constraint holds_kind_check check (kind in ('operator', 'drain', 'circuit'))`,
    `alter table onboarding.holds add constraint operators_have_names
       check ((kind <> 'circuit') = (actor is not null))`,

    // By Region first: while one is drained, any number of its rows are accepted and must not be walked again and again.
    `drop index onboarding.onboardings_accepted`,
    `create index onboardings_accepted on onboarding.onboardings (region, lane desc, id) where status = 'accepted'`,
  ],
};
