import { sql, type Selectable } from 'kysely';
import type { AccountId } from '../../domain/account.ts';
import { errorFromJson, isProvisioningError, type ProvisioningError } from '../../domain/codec.ts';
import type { OnboardingId } from '../../domain/ids.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { Region } from '../../domain/region.ts';
import type { SourceName } from '../../domain/source-name.ts';
import type { OnboardingTable } from '../database/database.ts';

/** What an onboarding keeps for its life. */
export const KEPT_COLUMNS = [
  'id',
  'region',
  'source_name',
  'account',
  'customer_id',
  'metadata',
  'callback_url',
  'created_at',
] as const satisfies readonly (keyof OnboardingTable)[];

/** What may change; an event has these and reads the others from the onboarding. */
export const CHANGING_COLUMNS = [
  'lane',
  'status',
  'outcome',
  'event_source_arn',
  'arn_origin',
  'aws_state',
  'expires_at',
  'expires_at_origin',
  'connection',
  'connected_at',
  'checked_at',
  'next_check_at',
  'check_error',
  'error',
  'attempts',
  'replays',
  'renewals',
  'next_attempt_at',
  'updated_at',
  'completed_at',
] as const satisfies readonly (keyof OnboardingTable)[];

/** The columns of an onboarding as it is served: all but bookkeeping. */
export const ONBOARDING_COLUMNS = [...KEPT_COLUMNS, ...CHANGING_COLUMNS] as const;

export type OnboardingRow = Pick<Selectable<OnboardingTable>, (typeof ONBOARDING_COLUMNS)[number]>;

/** Columns for raw statements, of a table or its alias. */
export const columnsOf = (table: string, columns: readonly string[]): string =>
  columns.map((column) => `${table}.${column}`).join(', ');

/** An onboarding's columns for raw statements, where the table goes by the name `o`. */
export const onboardingColumns = sql.raw(columnsOf('o', ONBOARDING_COLUMNS));

/** Reads a row. What the ledger holds was checked on its way in, so brands are given back without a second check. */
export function toOnboarding(row: OnboardingRow): Onboarding {
  return {
    id: row.id as OnboardingId,
    customerId: row.customer_id,
    account: row.account as AccountId,
    region: row.region as Region,
    sourceName: row.source_name as SourceName,
    lane: row.lane,
    status: row.status,
    outcome: row.outcome,
    eventSourceArn: row.event_source_arn,
    arnOrigin: row.arn_origin,
    awsState: row.aws_state,
    expiresAt: row.expires_at,
    expiresAtOrigin: row.expires_at_origin,
    connection: row.connection,
    connectedAt: row.connected_at,
    checkedAt: row.checked_at,
    nextCheckAt: row.next_check_at,
    checkError: row.check_error,
    error: row.error === null ? null : toError(row.error),
    attempts: row.attempts,
    replays: row.replays,
    renewals: row.renewals,
    nextAttemptAt: row.next_attempt_at,
    metadata: row.metadata,
    callbackUrl: row.callback_url,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    completedAt: row.completed_at,
  };
}

function toError(json: unknown): ProvisioningError {
  const error = errorFromJson(json);
  if (!isProvisioningError(error)) throw new Error('The ledger holds an error without its judgement.');
  return error;
}
