import type { AuditedOnboarding, NewAuditEntry } from '../../domain/audit.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database.ts';
import { storable } from '../storable-text.ts';

/** Writes an entry; with a transaction as `db` it is committed with what it tells of, or not at all. */
export async function recordAudit(db: LedgerDatabase, entry: NewAuditEntry): Promise<void> {
  const { at, actor, action, subject, reason, before, after } = entry;
  await db
    .insertInto('audit')
    .values({
      at,
      actor: storable(actor),
      action,
      subject: storable(subject),
      reason: reason === null ? null : storable(reason),
      before: JSON.stringify(before),
      after: JSON.stringify(after),
    })
    .execute();
}

export function auditedPart(onboarding: Onboarding): AuditedOnboarding {
  const { status, replays, outcome, eventSourceArn, arnOrigin, awsState, expiresAt, error, completedAt } =
    onboarding;
  return { status, replays, outcome, eventSourceArn, arnOrigin, awsState, expiresAt, error, completedAt };
}
