/** The health of endpoints: WEBHOOK_URL, and callbacks that have failed. */
import { createHash } from 'node:crypto';
import type { EndpointDisabled, EndpointHealth } from '../../domain/delivery.ts';
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

/** Disabled ones first, then those that fail, then those that work. */
export async function listEndpoints(db: LedgerDatabase, limit: number): Promise<readonly EndpointHealth[]> {
  const rows = await db
    .selectFrom('endpoints')
    .selectAll()
    .orderBy('disabled_at', (order) => order.desc().nullsLast())
    .orderBy('failures', 'desc')
    .orderBy('key')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    origin: row.origin,
    failures: row.failures,
    failingSince: row.failing_since,
    lastSuccessAt: row.last_success_at,
    disabledAt: row.disabled_at,
    disabledBecause: row.disabled_because,
  }));
}

const HEALTHY = { failures: 0, failing_since: null, disabled_at: null, disabled_because: null } as const;

/** Forgets what has failed there, so that it is sent to again. */
export async function enableEndpoint(db: LedgerDatabase, url: string): Promise<void> {
  await db.updateTable('endpoints').set(HEALTHY).where('key', '=', keyOf(url)).execute();
}

/** The next call tells whether they work: one that fails disables its endpoint again. */
export async function enableAllEndpoints(db: LedgerDatabase): Promise<void> {
  await db
    .updateTable('endpoints')
    .set({ disabled_at: null, disabled_because: null })
    .where('disabled_at', 'is not', null)
    .execute();
}

/** Successes that follow one another this closely are one: each would lock the endpoint's row for all others. */
const NOTED_EVERY_MS = 10_000;

/** @param isKept whether it gets a row although it never failed @param at ISO 8601 */
export async function endpointWorked(
  db: LedgerDatabase,
  { url, isKept, at }: { url: string; isKept: boolean; at: string },
): Promise<void> {
  const key = keyOf(url);
  const row = await db
    .selectFrom('endpoints')
    .select(['failures', 'last_success_at'])
    .where('key', '=', key)
    .executeTakeFirst();
  if (row === undefined && !isKept) return;
  const noted = row?.failures === 0 ? row.last_success_at : null;
  if (noted != null && Date.parse(at) - Date.parse(noted) < NOTED_EVERY_MS) return;
  const healthy = { ...HEALTHY, last_success_at: at };
  if (row !== undefined) {
    await db.updateTable('endpoints').set(healthy).where('key', '=', key).execute();
    return;
  }
  await db
    .insertInto('endpoints')
    .values({ key, origin: new URL(url).origin, ...healthy })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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
    .values({ key, origin: new URL(url).origin, failures: 1, failing_since: at, last_failed_at: at })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((eb) => ({
        failures: eb('endpoints.failures', '+', 1),
        failing_since: eb.fn.coalesce('endpoints.failing_since', eb.val(at)),
        last_failed_at: at,
      })),
    )
    .returning(['failing_since', 'failures', 'disabled_at'])
    .executeTakeFirstOrThrow();
  const { failures } = row;
  const failingSince = row.failing_since ?? at;
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
