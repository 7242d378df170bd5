import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { LedgerDatabase } from '../database/database.ts';

/** What the service was started with. */
export interface StampRequest {
  readonly awsMode: 'sandbox' | 'live';
  readonly partner: string;
  /** The Regions that onboardings are taken for; left out: those that the ledger knows stay. */
  readonly regions?: readonly string[];
}

/** What a ledger is from its first start on. */
export interface Stamp {
  /** Twelve hex digits; part of the Redis prefix, so that two ledgers never share a queue. */
  readonly id: string;
  /** Stands for the content of this ledger's queue: see the port. */
  readonly epoch: string;
}

/** The ledger belongs to another partner or mode, so its rows mean something else. */
export class LedgerStampMismatchError extends Error {
  override readonly name = 'LedgerStampMismatchError';
}

/** Reads the stamp, or throws a {@link LedgerStampMismatchError} that names both sides and the way out. */
export async function readStamp(
  db: LedgerDatabase,
  { awsMode, partner }: StampRequest,
): Promise<Stamp | undefined> {
  const stamp = await db.selectFrom('stamp').selectAll().executeTakeFirst();
  if (stamp === undefined) return undefined;
  if (stamp.aws_mode !== awsMode || stamp.partner !== partner) {
    throw new LedgerStampMismatchError(
      `This ledger was created with AWS_MODE=${stamp.aws_mode} and PARTNER_NAME=${stamp.partner}, but the service was started with AWS_MODE=${awsMode} and PARTNER_NAME=${partner}. ` +
        'Sandbox and live results, or those of two partners, must not share a ledger. Restore the values, or use another ledger (DATABASE_URL or DATA_DIR).',
    );
  }
  return { id: stamp.ledger_id, epoch: stamp.epoch };
}

/** The SQL function `onboarding.accept` reads them: it has no configuration of its own. */
export async function noteRegions(db: LedgerDatabase, { regions }: StampRequest): Promise<void> {
  if (regions === undefined) return;
  await sql`update onboarding.stamp set regions = ${regions}::text[]
    where regions is distinct from ${regions}::text[]`.execute(db);
}

export async function writeStamp(db: LedgerDatabase, { awsMode, partner }: StampRequest): Promise<Stamp> {
  const stamp: Stamp = { id: randomHex(6), epoch: randomHex(16) };
  await db
    .insertInto('stamp')
    .values({ ledger_id: stamp.id, aws_mode: awsMode, partner, epoch: stamp.epoch })
    .execute();
  return stamp;
}

const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
