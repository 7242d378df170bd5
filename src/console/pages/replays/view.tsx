import type { Page as ListPage } from '../../../domain/listing.ts';
import { REPLAY_STATUSES, type Replay } from '../../../domain/replay.ts';
import { count } from '../../format.ts';
import { hrefOf, oneOf, readFields, type ReadFields } from '../../query.ts';
import type { Page } from '../../page.ts';
import { Empty, Paging, Tabs } from '../../views/lists.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReplayBar } from '../../views/charts.tsx';
import { Time } from '../../views/values.tsx';
import { filterWords } from './summary.ts';

const FIELDS = { status: oneOf(REPLAY_STATUSES) };

type ReplayFilters = ReadFields<typeof FIELDS>;

export const readReplayFilters = (query: unknown): ReplayFilters => readFields(query, FIELDS);

/** The address of the list. */
export const replaysHref = (given: ReplayFilters['given'], cursor?: string): string =>
  hrefOf('/replays', given, cursor);

export interface ReplaysView extends ReplayFilters {
  readonly page: ListPage<Replay>;
}

export function replaysPage({ page, given, cursor }: ReplaysView): Page {
  return {
    title: 'Replays',
    body: ({ now }) => (
      <>
        <h1>Replays</h1>
        <Tabs
          label="Status"
          value={given.status}
          choices={REPLAY_STATUSES}
          all="all"
          hrefFor={(status) => replaysHref(status === undefined ? {} : { status })}
        />
        <div id="replays" data-live data-refresh={page.items.some(isRunning) ? '2' : '10'}>
          {page.items.length === 0 ? (
            <Nothing status={given.status} />
          ) : (
            <Table replays={page.items} now={now} />
          )}
        </div>
        <Paging
          cursor={cursor}
          nextCursor={page.nextCursor}
          hrefFor={(further) => replaysHref(given, further)}
        />
      </>
    ),
  };
}

const isRunning = (replay: Replay): boolean => replay.status === 'running';

function Table({ replays, now }: { replays: readonly Replay[]; now: number }) {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th class="col-status">Status</th>
          <th>Replay</th>
          <th class="col-wide">Progress</th>
          <th class="col-fact">Provisioned</th>
          <th class="col-number">Failed</th>
          <th class="col-fact">By</th>
          <th class="col-time">Started</th>
        </tr>
      </thead>
      <tbody id="replay-rows" data-rows>
        {replays.map((replay) => (
          <Row key={replay.id} replay={replay} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ replay, now }: { replay: Replay; now: number }) {
  const { id, status, reason, matched, provisioned, failed, actor, createdAt, updatedAt, filter } = replay;
  return (
    <tr id={id} data-version={`${updatedAt} ${status} ${provisioned} ${failed} ${replay.queued}`}>
      <td class="col-status">
        <StatusBadge status={status} />
      </td>
      <td class="col-source">
        <a href={`/replays/${id}`} data-open>
          {reason}
        </a>
        <span class="under">{filterWords(filter)}</span>
      </td>
      <td class="col-wide">
        <ReplayBar replay={replay} />
      </td>
      <td class="col-fact">
        {count(provisioned)} <span class="faint">/ {count(matched)}</span>
      </td>
      <td class={failed === 0 ? 'col-number faint' : 'col-number'}>{count(failed)}</td>
      <td class="col-fact">{actor}</td>
      <td class="col-time">
        <Time at={createdAt} now={now} />
      </td>
    </tr>
  );
}

function Nothing({ status }: { status: string | undefined }) {
  if (status !== undefined) {
    return (
      <Empty title={`None is ${status}`}>
        <a href="/replays">Look at all replays</a>.
      </Empty>
    );
  }
  return (
    <Empty
      title="Nothing was replayed yet"
      command={`curl -X POST 'localhost:3000/v1/replays?dryRun=true' \\
  -H "authorization: Bearer $ONBOARD_TOKEN" -H 'content-type: application/json' \\
  -d '{"filter":{"errorCode":"InternalException"},"reason":"AWS is well again"}'`}
    >
      A replay takes every failed onboarding that a filter describes into the queue again. Begin at the{' '}
      <a href="/failures">failures</a>, or try one out by a call:
    </Empty>
  );
}
