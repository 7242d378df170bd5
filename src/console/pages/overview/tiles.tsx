import type { ComponentChildren } from 'preact';
import { count, counted, duration, sum } from '../../format.ts';
import { EXPIRING_MS } from '../../../operations/overview.ts';
import { usePage } from '../../page.ts';
import { hrefOf } from '../../query.ts';
import { Sparkline } from '../../views/charts.tsx';
import type { Snapshot } from './snapshot.ts';

/** The figures that one looks at first, each with where it comes from. */
export function Tiles({ snapshot }: { snapshot: Snapshot }) {
  const { accepted, queued, retrying, failed } = snapshot.counts.byStatus;
  const provisioned = snapshot.hour.map((point) => point.provisioned);
  const lastHour = sum(provisioned);
  const failedInHour = sum(snapshot.hour.map((point) => point.failed));
  return (
    <ul class="tiles panel">
      <Tile name="Provisioned, last hour" value={count(lastHour)} href="/onboardings?status=provisioned">
        <Sparkline
          values={provisioned}
          label={`Provisioned per minute in the last hour, ${lastHour} in total`}
        />
      </Tile>
      <Tile name="Waiting" value={count(accepted + queued + retrying)} href="/onboardings?status=queued">
        {oldest(snapshot)} · {count(retrying)} retrying
      </Tile>
      <Tile name="Failing now" value={count(failed)} href="/failures" isBad={failed > 0}>
        {failed === 0 ? 'none' : counted(snapshot.failures.length, 'cause')} · {count(failedInHour)} in the
        last hour
      </Tile>
      <Customers snapshot={snapshot} />
      <Circuits snapshot={snapshot} />
    </ul>
  );
}

/** How far the customers are: a source that is not accepted expires. */
function Customers({ snapshot: { counts, expiring } }: { snapshot: Snapshot }) {
  const { waiting, disconnected, expired, removed } = counts.byConnection;
  const lost = expired + removed;
  const before = new Date(usePage().now + EXPIRING_MS).toISOString().slice(0, 16).replace('T', ' ');
  return (
    <Tile
      name="Not accepted yet"
      value={count(waiting + disconnected)}
      href="/onboardings?connection=waiting"
      isBad={lost > 0}
    >
      <a class="soft" href={hrefOf('/onboardings', { expiringBefore: before })}>
        {count(expiring)} expire in 3 days
      </a>{' '}
      ·{' '}
      <a class={lost > 0 ? 'bad-text' : 'soft'} href="/onboardings?connection=expired">
        {count(lost)} lost
      </a>
    </Tile>
  );
}

function Circuits({ snapshot: { regions } }: { snapshot: Snapshot }) {
  const held = regions.filter(
    ({ circuit, pause, drain }) =>
      (circuit !== null && circuit.state !== 'closed') || pause !== null || drain !== null,
  );
  const unknown = regions.some(({ isKnown }) => !isKnown);
  const running = regions.length - held.length;
  return (
    <Tile
      name="Running Regions"
      value={`${running} of ${regions.length}`}
      href="/regions"
      isBad={held.length > 0}
    >
      {unknown
        ? 'Redis is not responding'
        : held.length === 0
          ? 'all circuits closed'
          : held.map(({ region }) => region).join(', ')}
    </Tile>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly href: string;
  readonly isBad?: boolean;
  readonly children: ComponentChildren;
}

function Tile({ name, value, href, isBad = false, children }: TileProps) {
  return (
    <li class="tile">
      <a class="plain soft" href={href}>
        {name}
      </a>
      <b class={isBad ? 'big bad-text' : 'big'}>{value}</b>
      <div class="tile-foot small faint cut">{children}</div>
    </li>
  );
}

/** How long the next job of any Region has been waiting, by Redis. */
function oldest({ regions }: Snapshot): string {
  const waits = regions.flatMap(({ queue }) =>
    queue?.oldestWaitingMs == null ? [] : [queue.oldestWaitingMs],
  );
  if (regions.some(({ isKnown }) => !isKnown)) return 'oldest wait unknown';
  return waits.length === 0 ? 'none due' : `oldest waits ${duration(Math.max(...waits))}`;
}
