import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { AlertTopic } from '../../domain/alert.ts';
import type { Destination, DeliveryStatus, EndpointDisabled, EventType } from '../../domain/delivery.ts';

/** The tables of webhook deliveries as Kysely sees them; instants are ISO 8601 text in UTC, as everywhere in the ledger. */
export interface DeliveryTables {
  deliveries: DeliveryTable;
  delivery_attempts: DeliveryAttemptTable;
  endpoints: EndpointTable;
  lasting_alerts: LastingAlertTable;
}

interface LastingAlertTable {
  key: string;
  topic: ColumnType<AlertTopic, string, string>;
  since: string;
  /** The process that alone may end it. */
  holder: string | null;
  held_at: string;
}

export interface DeliveryTable {
  id: string;
  type: EventType;
  onboarding_id: string | null;
  number: number | null;
  late: Generated<boolean>;
  /** Of a warning alone. */
  hours_left: Generated<number | null>;
  destination: Destination;
  callback_url: string | null;
  /** Of the callback, as its address writes it; empty for WEBHOOK_URL, `alert` for ALERT_WEBHOOK_URL. */
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
  failures: number;
  failing_since: string | null;
  last_failed_at: string | null;
  last_success_at: string | null;
  disabled_at: string | null;
  disabled_because: EndpointDisabled | null;
}
