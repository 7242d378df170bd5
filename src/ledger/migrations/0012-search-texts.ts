import { CHANGING } from './changing-columns.ts';
import type { Migration } from './migration.ts';

/**
 * What a search looks at, in a table of its own, written once: docs/decisions/0018-search-texts.md tells why. In the row of
 * the onboarding the text had to be entered into the index of trigrams anew with every change of the row's status, which
 * cost more than the change itself.
 */
export const searchTexts: Migration = {
  number: 12,
  name: 'search-texts',
  statements: [
    // At once, and not first for writers alone: whoever has read and then wants to write would wait in a circle with us.
    `lock table onboarding.onboardings in access exclusive mode`,
    // No foreign key, which would lock the onboarding's row for each text: the triggers below keep the two together.
    `create table onboarding.search_texts (
       onboarding_id text collate "C" primary key,
       text text not null
     )`,
    `insert into onboarding.search_texts (onboarding_id, text) select id, search_text from onboarding.onboardings`,
    // The index on it goes too; the start that brings this migration makes the one of the new table.
    `alter table onboarding.onboardings drop column search_text`,

    // As in migration 10, and the text.
    `create or replace function onboarding.note_changes() returns trigger
       language plpgsql security definer set search_path = pg_catalog as $$
     begin
       insert into onboarding.changes (onboarding_id, ${CHANGING}, region, happened)
       select id, ${CHANGING}, region, 'accepted' from changed;
       insert into onboarding.search_texts (onboarding_id, text)
       select id, onboarding.search_text(source_name, customer_id, account, metadata) from changed;
       return null;
     end $$`,
    // The service changes none of these columns. An administrator may, and a trigger that names them costs others nothing.
    `create function onboarding.note_new_text() returns trigger
       language plpgsql security definer set search_path = pg_catalog as $$
     begin
       update onboarding.search_texts
       set text = onboarding.search_text(new.source_name, new.customer_id, new.account, new.metadata)
       where onboarding_id = new.id;
       return null;
     end $$`,
    `create trigger onboardings_were_renamed
       after update of source_name, customer_id, account, metadata on onboarding.onboardings
       for each row execute function onboarding.note_new_text()`,
    `create function onboarding.forget_texts() returns trigger
       language plpgsql security definer set search_path = pg_catalog as $$
     begin
       if tg_op = 'TRUNCATE' then
         delete from onboarding.search_texts;
       else
         delete from onboarding.search_texts t using unchanged o where t.onboarding_id = o.id;
       end if;
       return null;
     end $$`,
    `create trigger texts_of_deleted after delete on onboarding.onboardings
       referencing old table as unchanged for each statement execute function onboarding.forget_texts()`,
    `create trigger texts_of_truncated after truncate on onboarding.onboardings
       for each statement execute function onboarding.forget_texts()`,

    `revoke all on all functions in schema onboarding from public`,
  ],
};
