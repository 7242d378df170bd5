/** The endpoints that fail: one that works, or was never tried, has no row. */
import { createHash } from 'node:crypto';
import type { NotNull } from 'kysely';
import type { DisabledEndpoint, EndpointDisabled } from '../../domain/delivery.ts';
import { disabledBecause } from '../../domain/delivery-policy.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { oneOf } from '../onboardings/conditions.ts';

const keyOf = (url: string): string => createHash('sha256').update(url).digest('hex');

/** Which of these addresses are sent nothing any more. */
export async function disabledAmong(
  db: LedgerDatabase,
  urls: readonly string[],
): Promise<ReadonlySet<string>> {
  if (urls.length === 0) return new Set();
  const rows = await db
    .selectFrom('endpoints')
    .select('key')
    .where('disabled_at', 'is not', null)
    .where(oneOf('key', urls.map(keyOf)))
    .execute();
  const keys = new Set(rows.map(({ key }) => key));
  return new Set(urls.filter((url) => keys.has(keyOf(url))));
}

export async function disabledEndpoints(
  db: LedgerDatabase,
  limit: number,
): Promise<readonly DisabledEndpoint[]> {
  const rows = await db
    .selectFrom('endpoints')
    .select(['origin', 'failing_since', 'failures', 'disabled_at', 'disabled_because'])
    .where('disabled_at', 'is not', null)
    .orderBy('disabled_at', 'desc')
    .orderBy('key')
    .limit(limit)
    .$narrowType<{ disabled_at: NotNull; disabled_because: NotNull }>()
    .execute();
  return rows.map((row) => ({
    origin: row.origin,
    reason: row.disabled_because,
    failingSince: row.failing_since,
    failures: row.failures,
    disabledAt: row.disabled_at,
  }));
}

/** Forgets what has failed there, so that it is sent to again. */
export async function enableEndpoint(db: LedgerDatabase, url: string): Promise<void> {
  await db.deleteFrom('endpoints').where('key', '=', keyOf(url)).execute();
}

/**
 * Counts a failure, and disables the endpoint when it was one too many: `disabled` is set for that one failure.
 * @param at ISO 8601
 */
export async function endpointFailed(
  db: LedgerDatabase,
  { url, gone, at }: { url: string; gone: boolean; at: string },
): Promise<{ failingSince: string; failures: number; disabled: EndpointDisabled | undefined }> {
  const key = keyOf(url);
  const row = await db
    .insertInto('endpoints')
    .values({ key, origin: new URL(url).origin, failing_since: at, failures: 1 })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((eb) => ({ failures: eb('endpoints.failures', '+', 1) })),
    )
    .returning(['failing_since', 'failures', 'disabled_at'])
    .executeTakeFirstOrThrow();
  const { failing_since: failingSince, failures } = row;
  const because = disabledBecause({
    gone,
    failingSince: Date.parse(failingSince),
    failures,
    now: Date.parse(at),
  });
  if (because === undefined || row.disabled_at !== null)
    return { failingSince, failures, disabled: undefined };
  await db
    .updateTable('endpoints')
    .set({ disabled_at: at, disabled_because: because })
    .where('key', '=', key)
    .execute();
  return { failingSince, failures, disabled: because };
}
