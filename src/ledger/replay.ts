import type { ReplayWrite } from '../domain/acceptance.ts';
import type { OnboardingId } from '../domain/ids.ts';
import type { Status } from '../domain/onboarding.ts';
import { nextStatus } from '../domain/state-machine.ts';
import { auditedPart, recordAudit } from './audit/record-audit.ts';
import type { LedgerDatabase } from './database.ts';
import { isRegionDraining } from './is-draining.ts';
import { ONBOARDING_COLUMNS, toOnboarding, type OnboardingRow } from './rows.ts';

export interface ReplayRequest {
  readonly from: Status;
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/**
 * Starts an onboarding over: next replay number, full budget, and nothing left of the last result: a queued
 * row that still showed its old error or ARN would be read as having one. What it was before stands in the audit,
 * written in the same transaction; its attempts stay.
 */
export async function replay(
  db: LedgerDatabase,
  id: OnboardingId,
  request: ReplayRequest,
): Promise<ReplayWrite> {
  return db.transaction().execute(async (transaction) => {
    const before = await transaction
      .selectFrom('onboardings')
      .select(ONBOARDING_COLUMNS)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) return { kind: 'notFound' };
    const status = nextStatus(before.status, 'replay');
    if (before.status !== request.from || status === undefined) {
      return { kind: 'refused', status: before.status };
    }
    if (await isRegionDraining(transaction, before.region)) return { kind: 'draining' };
    const after = toOnboarding(await startOver(transaction, before, { status, at: request.at }));
    const { actor, reason, at } = request;
    const change = { before: auditedPart(toOnboarding(before)), after: auditedPart(after) };
    await recordAudit(transaction, { at, actor, action: 'replay', subject: id, reason, ...change });
    return { kind: 'queued', onboarding: after };
  });
}

function startOver(
  db: LedgerDatabase,
  { id, replays }: OnboardingRow,
  { status, at }: { status: Status; at: string },
): Promise<OnboardingRow> {
  return db
    .updateTable('onboardings')
    .set({
      status,
      replays: replays + 1,
      rounds: 0,
      streak: 0,
      first_call_at: null,
      next_attempt_at: null,
      outcome: null,
      event_source_arn: null,
      arn_origin: null,
      aws_state: null,
      expires_at: null,
      error: null,
      completed_at: null,
      updated_at: at,
    })
    .where('id', '=', id)
    .returning(ONBOARDING_COLUMNS)
    .executeTakeFirstOrThrow();
}
