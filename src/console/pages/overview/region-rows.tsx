import type { LedgerCounts } from '../../../domain/listing.ts';
import { count, duration, exactTime, rate } from '../../format.ts';
import { RegionBadges } from '../../views/badge.tsx';
import { ShareBar } from '../../views/charts.tsx';
import type { RegionSnapshot } from './snapshot.ts';

export interface RegionRowsProps {
  readonly regions: readonly RegionSnapshot[];
  readonly counts: LedgerCounts;
  readonly quota: number;
}

/** Each Region's state, queue and quota. */
export function RegionRows({ regions, counts, quota }: RegionRowsProps) {
  return (
    <table class="rows regions">
      <thead>
        <tr>
          <th>Region</th>
          <th class="col-status">State</th>
          <th class="col-number">Waiting</th>
          <th class="col-number">Oldest</th>
          <th class="col-number">Failed</th>
          <th class="col-wide" title="Rounds in the last one to two minutes; each makes at least one call">
            Quota in use
          </th>
        </tr>
      </thead>
      <tbody>
        {regions.map((snapshot) => (
          <Row key={snapshot.region} snapshot={snapshot} counts={counts} quota={quota} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ snapshot, counts, quota }: { snapshot: RegionSnapshot; counts: LedgerCounts; quota: number }) {
  const { region, queue, roundsPerSecond, isKnown, redisAt } = snapshot;
  const statuses = counts.byRegion.find((one) => one.region === region)?.byStatus;
  const waiting = (statuses?.accepted ?? 0) + (statuses?.queued ?? 0) + (statuses?.retrying ?? 0);
  return (
    <tr>
      <th scope="row">
        <code>{region}</code>
        {isKnown ? null : (
          <span class="under">{redisAt === null ? 'Redis down' : `as of ${exactTime(redisAt)}`}</span>
        )}
      </th>
      <td class="col-status">
        <span class="row close">
          <RegionBadges state={snapshot} />
        </span>
      </td>
      <td class="col-number">
        <Figure value={waiting} href={`/onboardings?status=queued&region=${region}`} />
      </td>
      <td class="col-number">{queue?.oldestWaitingMs == null ? '–' : duration(queue.oldestWaitingMs)}</td>
      <td class="col-number">
        <Figure value={statuses?.failed ?? 0} href={`/failures?region=${region}`} />
      </td>
      <td class="col-wide">
        <span class="quota soft">
          <ShareBar
            of={quota}
            shares={[{ tone: 'busy', count: Math.min(quota, roundsPerSecond) }]}
            label={`${rate(roundsPerSecond)} of ${quota} calls per second`}
          />
          <span>
            {rate(roundsPerSecond)} of {count(quota)}/s
          </span>
        </span>
      </td>
    </tr>
  );
}

function Figure({ value, href }: { value: number; href: string }) {
  return value === 0 ? <span class="faint">0</span> : <a href={href}>{count(value)}</a>;
}
