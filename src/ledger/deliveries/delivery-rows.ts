import type { Selectable } from 'kysely';
import {
  ONBOARDING_EVENTS,
  type Delivery,
  type DeliveryAttempt,
  type EventData,
} from '../../domain/delivery.ts';
import type { DeliveryId, OnboardingId } from '../../domain/ids.ts';
import type { LedgerTables } from '../database/database.ts';
import { toOnboarding, type OnboardingRow } from '../onboardings/rows.ts';

export const DELIVERY_COLUMNS = [
  'id',
  'type',
  'onboarding_id',
  'number',
  'late',
  'hours_left',
  'destination',
  'status',
  'error_code',
  'attempts',
  'replays',
  'next_attempt_at',
  'created_at',
  'updated_at',
  'delivered_at',
] as const satisfies readonly (keyof LedgerTables['deliveries'])[];

type DeliveryRow = Pick<Selectable<LedgerTables['deliveries']>, (typeof DELIVERY_COLUMNS)[number]>;

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id as DeliveryId,
    type: row.type,
    onboardingId: row.onboarding_id as OnboardingId | null,
    number: row.number,
    late: row.late,
    hoursLeft: row.hours_left,
    destination: row.destination,
    status: row.status,
    errorCode: row.error_code,
    attempts: row.attempts,
    replays: row.replays,
    nextAttemptAt: row.next_attempt_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deliveredAt: row.delivered_at,
  };
}

export function toDeliveryAttempt(row: Selectable<LedgerTables['delivery_attempts']>): DeliveryAttempt {
  return {
    number: row.number,
    replay: row.replay,
    at: row.at,
    origin: row.origin,
    statusCode: row.status_code,
    errorCode: row.error_code,
    durationMs: row.duration_ms,
    bodyStart: row.body_start,
  };
}

/** What is sent: of an onboarding its row as it was at its end, read as any other. */
export function toEventData({ type, data }: { type: Delivery['type']; data: unknown }): EventData {
  const isOnboarding = ONBOARDING_EVENTS.some((event) => event === type);
  return isOnboarding ? toOnboarding(withInstants(data as OnboardingRow)) : (data as EventData);
}

const INSTANTS = [
  'expires_at',
  'connected_at',
  'checked_at',
  'next_check_at',
  'next_attempt_at',
  'created_at',
  'updated_at',
  'completed_at',
] as const;

/** JSON keeps instants in the database's own spelling. */
function withInstants(row: OnboardingRow): OnboardingRow {
  const read = INSTANTS.map((column) => {
    const text = row[column];
    return [column, text === null ? null : new Date(text).toISOString()] as const;
  });
  return { ...row, ...Object.fromEntries(read) };
}
