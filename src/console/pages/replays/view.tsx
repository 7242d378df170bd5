import { REPLAY_STATUSES, type Replay } from '../../../domain/replay.ts';
import { count } from '../../format.ts';
import type { ListView } from '../../list-route.ts';
import { oneOf } from '../../query.ts';
import type { Page } from '../../page.ts';
import { Empty, Results, Table, type Column } from '../../views/lists.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReplayBar } from '../../views/charts.tsx';
import { Time } from '../../views/values.tsx';
import { filterWords, replayTitle } from './summary.ts';

/** What the list can be narrowed to. */
export const REPLAY_FIELDS = { status: oneOf(REPLAY_STATUSES) };

export function replaysPage(view: ListView<typeof REPLAY_FIELDS, Replay>): Page {
  const { items } = view.page;
  return {
    title: 'Replays',
    body: (
      <>
        <h1>Replays</h1>
        <Results
          path="/replays"
          list={view}
          statuses={REPLAY_STATUSES}
          refresh={items.some(({ status }) => status === 'running') ? 2 : 10}
          empty={<NothingYet />}
        >
          <Table
            id="replay-rows"
            items={items}
            columns={COLUMNS}
            version={({ updatedAt, status, provisioned, failed, queued, pausedRegions }) =>
              `${updatedAt} ${status} ${provisioned} ${failed} ${queued} ${pausedRegions.join()}`
            }
          />
        </Results>
      </>
    ),
  };
}

const COLUMNS: readonly Column<Replay>[] = [
  { name: 'Status', class: 'col-status', cell: ({ status }) => <StatusBadge status={status} /> },
  {
    name: 'Replay',
    class: 'col-source',
    cell: (replay) => (
      <>
        <a href={`/replays/${replay.id}`} data-open>
          {replayTitle(replay)}
        </a>
        <span class="under">
          {replay.pausedRegions.length === 0 ? '' : `paused: ${replay.pausedRegions.join(', ')} · `}
          {filterWords(replay.filter)}
        </span>
      </>
    ),
  },
  { name: 'Progress', class: 'col-wide', cell: (replay) => <ReplayBar replay={replay} /> },
  {
    name: 'Provisioned',
    class: 'col-fact soft',
    cell: ({ provisioned, matched }) => (
      <>
        {count(provisioned)} <span class="faint">/ {count(matched)}</span>
      </>
    ),
  },
  {
    name: 'Failed',
    class: 'col-number',
    cell: ({ failed }) => (failed === 0 ? <span class="faint">0</span> : count(failed)),
  },
  { name: 'Actor', class: 'col-fact soft', cell: ({ actor }) => actor },
  { name: 'Started', class: 'col-time', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function NothingYet() {
  return (
    <Empty
      title="No replays yet"
      command={`curl -X POST 'localhost:3000/v1/replays?dryRun=true' \\
  -H "authorization: Bearer $ONBOARD_TOKEN" -H 'content-type: application/json' \\
  -d '{"filter":{"errorCode":"InternalException"},"reason":"AWS has recovered"}'`}
    >
      A replay queues all failed onboardings that match a filter. Start one from the{' '}
      <a href="/failures">failures</a>, or preview one with the API:
    </Empty>
  );
}
