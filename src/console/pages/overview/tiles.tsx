import type { ComponentChildren } from 'preact';
import { count, counted } from '../../numbers.ts';
import { duration } from '../../relative-time.ts';
import { Sparkline } from '../../views/sparkline.tsx';
import type { Sight } from './sight.ts';

/** The figures that one looks at first, each with where it comes from. */
export function Tiles({ sight }: { sight: Sight }) {
  const { accepted, queued, retrying, failed } = sight.counts.byStatus;
  const provisioned = sight.hour.map((point) => point.provisioned);
  const lastHour = sum(provisioned);
  const failedInHour = sum(sight.hour.map((point) => point.failed));
  return (
    <ul class="tiles">
      <Tile name="Provisioned, last hour" value={count(lastHour)} href="/onboardings?status=provisioned">
        <Sparkline
          values={provisioned}
          label={`Provisioned each minute of the last hour, ${lastHour} in all`}
        />
      </Tile>
      <Tile name="Waiting" value={count(accepted + queued + retrying)} href="/onboardings?status=queued">
        <span>
          {oldest(sight)} · {count(retrying)} retrying
        </span>
      </Tile>
      <Tile name="Failing now" value={count(failed)} href="/failures" tone={failed > 0 ? 'is-bad' : ''}>
        <span>
          {failed === 0 ? 'none' : counted(sight.failures.length, 'cause')} · {count(failedInHour)} in the
          last hour
        </span>
      </Tile>
      <Circuits sight={sight} />
    </ul>
  );
}

function Circuits({ sight: { regions } }: { sight: Sight }) {
  const held = regions.filter(
    ({ circuit, pause, drain }) =>
      (circuit !== null && circuit.state !== 'closed') || pause !== null || drain !== null,
  );
  const unknown = regions.some(({ isKnown }) => !isKnown);
  const running = regions.length - held.length;
  return (
    <Tile
      name="Regions that run"
      value={`${running} of ${regions.length}`}
      href="/regions"
      tone={held.length > 0 ? 'is-bad' : ''}
    >
      <span>
        {unknown
          ? 'Redis does not answer'
          : held.length === 0
            ? 'all circuits closed'
            : held.map(({ region }) => region).join(', ')}
      </span>
    </Tile>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly href: string;
  readonly tone?: string;
  readonly children: ComponentChildren;
}

function Tile({ name, value, href, tone = '', children }: TileProps) {
  return (
    <li class={`tile ${tone}`}>
      <a href={href}>{name}</a>
      <b>{value}</b>
      <div class="tile-foot">{children}</div>
    </li>
  );
}

/** How long the next job of any Region has been waiting, by Redis. */
function oldest({ regions }: Sight): string {
  const waits = regions.flatMap(({ queue }) =>
    queue?.oldestWaitingMs == null ? [] : [queue.oldestWaitingMs],
  );
  if (regions.some(({ isKnown }) => !isKnown)) return 'oldest wait not known';
  return waits.length === 0 ? 'none is due' : `oldest waits ${duration(Math.max(...waits))}`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
