import { expect } from 'vitest';
import { isOpen, type Expected } from './expected.ts';
import type { ModelledSystem } from './system.ts';

/** Every row as the model has it, after every step. */
export async function compareRows(model: Expected, real: ModelledSystem): Promise<void> {
  const rows = (await real.rows()).map((row) => ({
    id: row.id,
    name: row.sourceName,
    account: row.account,
    customerId: row.customerId,
    lane: row.lane,
    status: row.status,
    outcome: row.outcome,
    errorKind: row.error?.kind ?? null,
    replays: row.replays,
    attempts: row.attempts,
    hasArn: row.eventSourceArn !== null,
    hasEnded: row.completedAt !== null,
    carried: isOpen(row.status) && real.carrier.holds({ onboardingId: row.id, replays: row.replays }),
  }));
  const expected = model.rows().map(({ name, found: one }) => ({
    id: one.id,
    name,
    account: one.account,
    customerId: one.customerId,
    lane: one.lane,
    status: one.status,
    outcome: one.outcome,
    errorKind: one.errorKind,
    replays: one.replays,
    attempts: one.attempts.length,
    hasArn: one.status === 'provisioned',
    hasEnded: !isOpen(one.status),
    carried: isOpen(one.status) && one.carried,
  }));
  expect(rows).toEqual(expected);
  expect(real.aws.sources).toEqual(model.aws);
}
