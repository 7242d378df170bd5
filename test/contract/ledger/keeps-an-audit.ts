import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AuditEntry, AuditFilter, NewAuditEntry } from '../../../src/domain/audit.ts';
import { InvalidCursorError } from '../../../src/domain/unavailable.ts';
import { later, type LedgerUnderTest } from '../../support/ledger-fixtures.ts';

const login = (actor: string, more: Partial<NewAuditEntry> = {}): NewAuditEntry =>
  ({
    at: later(1),
    actor,
    action: 'login',
    subject: 'console',
    reason: null,
    before: null,
    after: { role: 'viewer' },
    ...more,
  }) as NewAuditEntry;

const ownActor = (): string => `ann-${randomBytes(6).toString('hex')}`;

export function keepsAnAudit(tested: () => LedgerUnderTest): void {
  const listed = async (filter: AuditFilter): Promise<readonly AuditEntry[]> =>
    (await tested().ledger.listAudit(filter, { limit: 100 })).items;

  test('an entry is listed as it was written', async () => {
    const actor = ownActor();
    const entry = login(actor, { reason: `it's "so" – 🏭` });
    await tested().ledger.recordAudit(entry);
    expect(await listed({ actor })).toEqual([{ ...entry, id: expect.any(Number) as number }]);
  });

  test.each([
    ['update', `update onboarding.audit set reason = 'forged' where true`],
    ['update of nothing', `update onboarding.audit set reason = 'forged' where false`],
    ['delete', 'delete from onboarding.audit where true'],
    ['truncate', 'truncate onboarding.audit'],
    ['truncate along with others', 'truncate onboarding.audit, onboarding.attempts cascade'],
    [
      'merge',
      `merge into onboarding.audit a using (select 1 as id) s on true when matched then update set reason = 'forged'`,
    ],
  ])('%s is refused, the owner of the table included', async (_, statement) => {
    const actor = ownActor();
    await tested().ledger.recordAudit(login(actor));
    await expect(tested().sql(statement)).rejects.toThrow(/append-only/);
    expect(await listed({ actor })).toHaveLength(1);
  });

  test('the owner has no right left to change entries', async () => {
    const [table] = await tested().sql(
      `select array_to_string(relacl, ',') as rights from pg_class where oid = 'onboarding.audit'::regclass`,
    );
    const own = /(?:^|,)[^=,]+=([a-zA-Z]+)\//.exec(String(table?.['rights']))?.[1] ?? '';
    expect(own).toContain('a');
    expect(own).toContain('r');
    expect(own).not.toMatch(/[wdD]/);
  });

  test('filters narrow the list, and hold together', async () => {
    const [ann, bob] = [ownActor(), ownActor()];
    const { ledger } = tested();
    await ledger.recordAudit(login(ann, { at: later(1), subject: 'a' }));
    await ledger.recordAudit(login(ann, { at: later(2), subject: 'b' }));
    await ledger.recordAudit(
      login(ann, { at: later(3), subject: 'b', action: 'logout', before: { role: 'viewer' }, after: null }),
    );
    await ledger.recordAudit(login(bob, { at: later(4), subject: 'b' }));
    const times = async (filter: AuditFilter): Promise<readonly string[]> =>
      (await listed(filter)).map(({ at }) => at);
    expect(await times({ actor: ann })).toEqual([3, 2, 1].map(later));
    expect(await times({ actor: ann, subject: 'b' })).toEqual([3, 2].map(later));
    expect(await times({ actor: ann, action: 'login' })).toEqual([2, 1].map(later));
    expect(await times({ actor: ann, from: later(2) })).toEqual([3, 2].map(later));
    expect(await times({ actor: ann, to: later(2) })).toEqual([2, 1].map(later));
    expect(await times({ actor: `${ann}\u0000` })).toEqual([]);
  });

  test('pages run newest first through every entry once, those of one instant too', async () => {
    const { ledger } = tested();
    const actor = ownActor();
    for (let n = 0; n < 7; n += 1)
      await ledger.recordAudit(login(actor, { at: later(Math.floor(n / 3)), subject: String(n) }));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await ledger.listAudit({ actor }, { limit: 2, ...(cursor === null ? {} : { cursor }) });
      seen.push(...page.items.map(({ subject }) => subject));
      cursor = page.nextCursor;
      // What comes in meanwhile stands before the first page.
      await ledger.recordAudit(login(actor, { at: later(9), subject: 'new' }));
    } while (cursor !== null);
    expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0']);
  });

  test('a cursor of another list is refused', async () => {
    await expect(tested().ledger.listAudit({}, { limit: 1, cursor: 'b25i' })).rejects.toThrow(
      InvalidCursorError,
    );
  });
}
