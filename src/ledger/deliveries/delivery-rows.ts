import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely';
import {
  ONBOARDING_EVENTS,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryStatus,
  type Destination,
  type EndpointDisabled,
  type EventData,
  type EventType,
} from '../../domain/delivery.ts';
import type { DeliveryId, OnboardingId } from '../../domain/ids.ts';
import { toOnboarding, type OnboardingRow } from '../onboardings/rows.ts';

/** The tables of webhook deliveries as Kysely sees them; instants are ISO 8601 text in UTC, as everywhere in the ledger. */
export interface DeliveryTables {
  deliveries: DeliveryTable;
  delivery_attempts: DeliveryAttemptTable;
  endpoints: EndpointTable;
}

export interface DeliveryTable {
  id: string;
  type: EventType;
  onboarding_id: string | null;
  number: number | null;
  late: Generated<boolean>;
  destination: Destination;
  callback_url: string | null;
  /** Of the callback, as its address writes it; empty for WEBHOOK_URL. */
  origin: GeneratedAlways<string>;
  /** An onboarding's row, or the data of another event as they are sent. */
  data: ColumnType<unknown, string, string>;
  status: Generated<DeliveryStatus>;
  error_code: string | null;
  attempts: Generated<number>;
  replays: Generated<number>;
  tries: Generated<number>;
  began_at: string;
  next_attempt_at: string | null;
  leased_until: string | null;
  created_at: string;
  updated_at: string;
  delivered_at: string | null;
}

interface DeliveryAttemptTable {
  delivery_id: string;
  number: number;
  replay: number;
  at: string;
  origin: string | null;
  status_code: number | null;
  error_code: string | null;
  duration_ms: number;
  body_start: string | null;
}

interface EndpointTable {
  key: string;
  origin: string;
  failing_since: string;
  failures: number;
  disabled_at: string | null;
  disabled_because: EndpointDisabled | null;
}

export const DELIVERY_COLUMNS = [
  'id',
  'type',
  'onboarding_id',
  'number',
  'late',
  'destination',
  'status',
  'error_code',
  'attempts',
  'replays',
  'next_attempt_at',
  'created_at',
  'updated_at',
  'delivered_at',
] as const satisfies readonly (keyof DeliveryTable)[];

type DeliveryRow = Pick<Selectable<DeliveryTable>, (typeof DELIVERY_COLUMNS)[number]>;

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id as DeliveryId,
    type: row.type,
    onboardingId: row.onboarding_id as OnboardingId | null,
    number: row.number,
    late: row.late,
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

export function toDeliveryAttempt(row: Selectable<DeliveryAttemptTable>): DeliveryAttempt {
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

const INSTANTS = ['expires_at', 'next_attempt_at', 'created_at', 'updated_at', 'completed_at'] as const;

/** JSON keeps instants in the database's own spelling. */
function withInstants(row: OnboardingRow): OnboardingRow {
  const read = INSTANTS.map((column) => {
    const text = row[column];
    return [column, text === null ? null : new Date(text).toISOString()] as const;
  });
  return { ...row, ...Object.fromEntries(read) };
}
