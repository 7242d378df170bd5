import { expect, test } from 'vitest';
import type { LedgerUnderTest } from '../../support/ledger-fixtures.ts';

/** A role that gets USAGE on the schema must get nothing else by it. */
export function grantsNothing(tested: () => LedgerUnderTest): void {
  test('no function of the schema is open to everybody, those of extensions included', async () => {
    expect(await tested().ledger.textIndexed()).toBe(true);
    const open = await tested().sql(
      `select p.oid::regprocedure::text as name from pg_proc p
       where p.pronamespace = 'onboarding'::regnamespace and has_function_privilege('public', p.oid, 'execute')`,
    );
    expect(open).toEqual([]);
  });

  test('no type of the schema is open to everybody', async () => {
    const open = await tested().sql(
      `select t.oid::regtype::text as name from pg_type t
       where t.typnamespace = 'onboarding'::regnamespace and has_type_privilege('public', t.oid, 'usage')`,
    );
    expect(open).toEqual([]);
  });

  test('no schema of ours is open to everybody', async () => {
    const schemas = await tested().sql(
      `select nspname as name, has_schema_privilege('public', oid, 'usage') as open from pg_namespace
       where nspname like 'onboarding%' order by nspname`,
    );
    expect(schemas).toEqual([
      { name: 'onboarding', open: false },
      { name: 'onboarding_extensions', open: false },
    ]);
  });
}
