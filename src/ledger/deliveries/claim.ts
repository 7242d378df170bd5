import { sql, type Selectable } from 'kysely';
import type { DeliveryClaim, DeliveryRun } from '../../domain/delivery.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { toDelivery, toEventData } from './delivery-rows.ts';
import type { DeliveryTable } from './delivery-tables.ts';
import { disabledAmong } from './endpoints.ts';
import { addressOf, type Receivers } from './receivers.ts';

/**
 * Leases deliveries that are due, by the database's clock, so that two machines never disagree about whose lease has
 * ended. Looks at each origin by itself (index `deliveries_due`), so that what a hung endpoint leaves behind is never
 * walked through, however much it is; what another process has locked is skipped.
 */
export async function claimDeliveries(
  db: LedgerDatabase,
  { now, limit, perOrigin, inFlight, leaseMs }: DeliveryClaim,
  receivers: Receivers,
): Promise<readonly DeliveryRun[]> {
  const { rows } = await sql<Selectable<DeliveryTable> & { leased_until: string }>`
    with recursive origins (origin) as (
      (select origin from onboarding.deliveries where status = 'waiting' order by origin limit 1)
      union all
      select (select d.origin from onboarding.deliveries d
              where d.status = 'waiting' and d.origin > o.origin order by d.origin limit 1)
      from origins o where o.origin is not null
    ), due as (
      select one.id from origins o
      left join jsonb_each_text(${JSON.stringify(inFlight)}::jsonb) as busy (origin, calls) on busy.origin = o.origin
      cross join lateral (
        select d.id, d.next_attempt_at from onboarding.deliveries d
        where d.status = 'waiting' and d.origin = o.origin and d.next_attempt_at <= ${now}
          and (d.leased_until is null or d.leased_until <= now())
        order by d.next_attempt_at, d.id limit greatest(0, ${perOrigin} - coalesce(busy.calls::integer, 0))
        for update skip locked
      ) one
      order by one.next_attempt_at, one.id limit ${limit}
    )
    update onboarding.deliveries d set leased_until = now() + ${leaseMs} * interval '1 millisecond'
    from due where d.id = due.id returning d.*`.execute(db);
  const urls = rows.map((row) => addressOf(row, receivers) ?? null);
  const disabled = await disabledAmong(
    db,
    urls.filter((url) => url !== null),
  );
  return rows.map((row, index) => {
    const url = urls[index] ?? null;
    return {
      delivery: toDelivery(row),
      origin: row.origin,
      leasedUntil: row.leased_until,
      url,
      endpointDisabled: url !== null && disabled.has(url),
      tries: row.tries,
      beganAt: Date.parse(row.began_at),
      data: toEventData(row),
    };
  });
}

/** A lease that has ended meanwhile, and was taken by another run, is that run's. */
export async function releaseDelivery(
  db: LedgerDatabase,
  { delivery, leasedUntil }: DeliveryRun,
): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ leased_until: null })
    .where('id', '=', delivery.id)
    .where('leased_until', '=', leasedUntil)
    .execute();
}
