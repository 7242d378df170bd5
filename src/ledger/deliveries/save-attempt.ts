import type { DeliverySaved, DeliveryWrite } from '../../domain/delivery.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { storable } from '../database/values.ts';
import { endpointFailed, endpointWorked } from './endpoints.ts';
import { addressOf, type Receivers } from './receivers.ts';
import { recordNews } from './record-events.ts';

/**
 * Saves one run of a delivery: the attempt in any case, numbered on under the row's lock; its result where nothing
 * has overtaken it; and what it says of the endpoint. A success counts, whichever process brings it, also after the machine has
 * given up; a failure counts only while the run has its lease. The lease ends with it.
 */
export async function saveDeliveryAttempt(
  db: LedgerDatabase,
  write: DeliveryWrite,
  receivers: Receivers,
): Promise<DeliverySaved> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom('deliveries')
      .select(['status', 'replays', 'attempts', 'tries', 'destination', 'callback_url', 'leased_until'])
      .where('id', '=', write.id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return { verdict: 'fenced', disabled: undefined };
    const verdict = judge(row, write);
    await keepAttempt(transaction, write, row.attempts + 1);
    await transaction
      .updateTable('deliveries')
      .set({
        attempts: row.attempts + 1,
        ...(verdict === 'saved' ? { tries: row.tries + 1, leased_until: null, ...columnsOf(write) } : {}),
      })
      .where('id', '=', write.id)
      .execute();
    const url = addressOf(row, receivers);
    if (url === undefined) return { verdict, disabled: undefined };
    return { verdict, disabled: await noteEndpoint(transaction, write, { url, receivers }) };
  });
}

function judge(
  row: { status: string; replays: number; leased_until: string | null },
  { replays, leasedUntil, result }: DeliveryWrite,
): DeliverySaved['verdict'] {
  if (row.replays !== replays || row.status === 'delivered') return 'fenced';
  if (result.kind === 'delivered') return 'saved';
  if (row.status !== 'waiting') return 'fenced';
  return row.leased_until === leasedUntil ? 'saved' : 'overtaken';
}

function columnsOf({ attempt: { at, errorCode }, result }: DeliveryWrite) {
  return {
    status: result.kind === 'retry' ? ('waiting' as const) : result.kind,
    error_code: errorCode,
    next_attempt_at: result.kind === 'retry' ? result.nextAttemptAt : null,
    delivered_at: result.kind === 'delivered' ? at : null,
    updated_at: at,
  };
}

async function keepAttempt(db: LedgerDatabase, write: DeliveryWrite, number: number): Promise<void> {
  const { at, origin, statusCode, errorCode, durationMs, bodyStart } = write.attempt;
  await db
    .insertInto('delivery_attempts')
    .values({
      delivery_id: write.id,
      number,
      replay: write.replays,
      at,
      origin,
      status_code: statusCode,
      error_code: errorCode,
      duration_ms: durationMs,
      // What a receiver answers may hold bytes that PostgreSQL's text does not.
      body_start: bodyStart === null ? null : storable(bodyStart),
    })
    .execute();
}

async function noteEndpoint(
  db: LedgerDatabase,
  { id, attempt, endpoint }: DeliveryWrite,
  { url, receivers: { webhookUrl, alertUrl } }: { url: string; receivers: Receivers },
): Promise<DeliverySaved['disabled']> {
  if (endpoint === 'none') return undefined;
  if (endpoint === 'works') {
    await endpointWorked(db, { url, isKept: url === webhookUrl || url === alertUrl, at: attempt.at });
    return undefined;
  }
  const { at } = attempt;
  const { disabled, failingSince, failures } = await endpointFailed(db, {
    url,
    gone: endpoint === 'gone',
    at,
  });
  if (disabled === undefined) return undefined;
  const { origin } = new URL(url);
  // The endpoint that is disabled cannot be told of it.
  if (webhookUrl !== undefined && webhookUrl !== url) {
    const data = { origin, reason: disabled, failingSince, failures, deliveryId: id };
    await recordNews(db, { type: 'deliveries.disabled', data, at });
  }
  if (alertUrl !== undefined && alertUrl !== url) {
    const topic = { about: 'endpoint', origin, reason: disabled } as const;
    await recordNews(db, { type: 'alert', data: { topic, state: 'began', since: failingSince }, at });
  }
  return disabled;
}
