import type { AuditedBulkReplay } from '../../domain/audit.ts';
import { sql, type ColumnType, type Generated, type GeneratedAlways } from 'kysely';
import type { ReplayId } from '../../domain/ids.ts';
import type { Replay, ReplayFilter, ReplayStatus } from '../../domain/replay.ts';

/** The tables of replays as Kysely sees them; instants are ISO 8601 text in UTC, as everywhere in the ledger. */
export interface ReplayTables {
  replays: ReplayTable;
  replay_members: ReplayMemberTable;
}

interface ReplayTable {
  id: ReplayId;
  status: Generated<ReplayStatus>;
  actor: string;
  reason: string;
  filter: ColumnType<ReplayFilter, string, never>;
  rate_per_second: number | null;
  matched: number;
  /** Those of its members. */
  regions: readonly string[];
  queued: Generated<number>;
  skipped: Generated<number>;
  provisioned: Generated<number>;
  failed: Generated<number>;
  cancelled: Generated<number>;
  /** Moved in the ledger, and not known to be in the queue. */
  moving: Generated<number>;
  moved_through: Generated<number>;
  carried_through: Generated<number>;
  /** From when on the rate counts; kept by the database alone. */
  paced_from: GeneratedAlways<string>;
  is_open: Generated<boolean>;
  leased_by: Generated<string | null>;
  leased_until: Generated<string | null>;
  created_at: string;
  updated_at: string;
  ended_at: Generated<string | null>;
}

interface ReplayMemberTable {
  replay_id: string;
  number: number;
  onboarding_id: string;
  replays: number;
  state: Generated<'waiting' | 'skipped' | 'queued' | 'provisioned' | 'failed' | 'cancelled'>;
}

/** A replay as it is served: all but how it is worked at. */
export const REPLAY = [
  'id',
  'status',
  'actor',
  'reason',
  'filter',
  'rate_per_second as ratePerSecond',
  'matched',
  'queued',
  'skipped',
  'provisioned',
  'failed',
  'cancelled',
  sql<string[]>`array(select h.region from onboarding.holds h where h.kind = 'operator' and h.ended_at is null
    and h.region = any(replays.regions) and replays.ended_at is null order by h.region)`.as('pausedRegions'),
  'created_at as createdAt',
  'updated_at as updatedAt',
  'ended_at as endedAt',
] as const;

export const withWaiting = (row: Omit<Replay, 'waiting'>): Replay => ({
  ...row,
  waiting: row.matched - row.queued - row.skipped,
});

/** What the audit keeps of a replay of many. */
export function auditedReplay(replay: Replay): AuditedBulkReplay {
  const { status, filter, ratePerSecond, matched, queued, skipped, waiting } = replay;
  return { status, filter, ratePerSecond, matched, queued, skipped, waiting };
}
