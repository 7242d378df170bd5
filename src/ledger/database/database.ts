import { Kysely, PostgresDialect, type ColumnType, type GeneratedAlways, type PostgresPool } from 'kysely';
import type { AuditAction } from '../../domain/audit.ts';
import type { ProvisioningError } from '../../domain/codec.ts';
import type { CellIssue } from '../../domain/import-report.ts';
import type { HoldKind } from '../../domain/hold.ts';
import type {
  ArnOrigin,
  AwsState,
  CheckError,
  Connection,
  ExpiryOrigin,
  Lane,
  Status,
} from '../../domain/onboarding.ts';
import type { AttemptOutcomeKind } from '../../domain/outcome-kind.ts';
import type { Region } from '../../domain/region.ts';
import type { DeliveryTables } from '../deliveries/delivery-tables.ts';
import type { FigureTables } from '../figures/figure-tables.ts';
import type { ReplayTables } from '../replays/replay-tables.ts';

/** The ledger's tables as Kysely sees them; the migrations are what really makes them. */
export interface LedgerTables extends DeliveryTables, FigureTables, ReplayTables {
  onboardings: OnboardingTable;
  search_texts: SearchTextTable;
  attempts: AttemptTable;
  connection_changes: ConnectionChangeTable;
  audit: AuditTable;
  holds: HoldTable;
  event_positions: EventPositionsTable;
  idempotency_keys: IdempotencyKeyTable;
  lifts: LiftTable;
  imports: ImportTable;
  import_rejects: ImportRejectTable;
  revoked_logins: { id: string; expires_at: Instant };
  stamp: StampTable;
  migrations: MigrationTable;
}

/** Typed queries reach the tables through this, already bound to the schema `onboarding`. */
export type LedgerDatabase = Kysely<LedgerTables>;

/** The schema that holds everything of ours, in whichever database. */
export const SCHEMA = 'onboarding';

/** The caller destroys it, and with it the pool. */
export function openDatabase(pool: PostgresPool): LedgerDatabase {
  return new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA);
}

/** Written as JSON text, because drivers would turn a JavaScript array into a Postgres array. */
type Json<T> = ColumnType<T, string, string>;

type JsonOrNull = ColumnType<unknown, string | null, string | null>;

/** Instants are ISO 8601 text in UTC on both ways: see values.ts. */
type Instant = string;

export interface OnboardingTable {
  id: string;
  region: string;
  source_name: string;
  account: string;
  customer_id: string | null;
  lane: Lane;
  status: Status;
  outcome: 'created' | 'adopted' | null;
  event_source_arn: string | null;
  arn_origin: ArnOrigin | null;
  aws_state: AwsState | null;
  expires_at: Instant | null;
  expires_at_origin: ExpiryOrigin | null;
  connection: Connection | null;
  connected_at: Instant | null;
  checked_at: Instant | null;
  next_check_at: Instant | null;
  check_error: ColumnType<CheckError | null, string | null, string | null>;
  lost_since: Instant | null;
  warned_ms: number | null;
  looked_at: Instant | null;
  error: JsonOrNull;
  error_code: GeneratedAlways<ProvisioningError['code'] | null>;
  error_kind: GeneratedAlways<ProvisioningError['kind'] | null>;
  attempts: number;
  replays: number;
  renewals: number;
  rounds: number;
  streak: number;
  first_call_at: Instant | null;
  next_attempt_at: Instant | null;
  metadata: Json<Record<string, string>>;
  callback_url: string | null;
  /** How often something was told of it, which numbers its webhook deliveries. */
  ends: GeneratedAlways<number>;
  created_at: Instant;
  updated_at: Instant;
  completed_at: Instant | null;
}

/** Written by triggers alone. */
interface SearchTextTable {
  onboarding_id: GeneratedAlways<string>;
  text: GeneratedAlways<string>;
}

interface AttemptTable {
  onboarding_id: string;
  number: number;
  replay: number;
  outcome: AttemptOutcomeKind;
  error_code: string | null;
  message: string | null;
  request_id: string | null;
  duration_ms: number;
  at: Instant;
}

/** Written by saveCheck alone. */
interface ConnectionChangeTable {
  id: GeneratedAlways<number>;
  onboarding_id: string;
  at: Instant;
  was: Connection;
  connection: Connection;
  expires_at: Instant | null;
}

interface AuditTable {
  id: GeneratedAlways<number>;
  at: Instant;
  actor: string;
  action: AuditAction;
  subject: string;
  reason: string | null;
  before: Json<unknown>;
  after: Json<unknown>;
}

interface HoldTable {
  id: GeneratedAlways<number>;
  region: Region;
  kind: HoldKind;
  reason: string;
  actor: string | null;
  began_at: Instant;
  ended_at: Instant | null;
}

interface IdempotencyKeyTable {
  key: string;
  fingerprint: string;
  answer: string;
  created_at: Instant;
}

interface EventPositionsTable {
  singleton: GeneratedAlways<boolean>;
  given: number;
  pruned: number;
}

interface LiftTable {
  id: GeneratedAlways<number>;
  onboarding_id: string;
  at: Instant;
}

interface ImportTable {
  id: string;
  rows: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  cleaned: number;
  ignored_columns: Json<readonly string[]>;
  delimiter: string;
  columns: Json<readonly string[]>;
  created_at: Instant;
}

interface ImportRejectTable {
  import_id: string;
  row: number;
  line: number;
  cells: Json<readonly string[]>;
  issues: Json<readonly CellIssue[]>;
}

interface StampTable {
  singleton: GeneratedAlways<boolean>;
  ledger_id: string;
  aws_mode: 'sandbox' | 'live';
  partner: string;
  epoch: string;
  regions: GeneratedAlways<readonly string[]>;
  created_at: GeneratedAlways<Instant>;
}

interface MigrationTable {
  number: number;
  name: string;
  applied_at: GeneratedAlways<Instant>;
}
