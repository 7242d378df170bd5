import { REPLAY_STATUSES, type Replay } from '../../../domain/replay.ts';
import { count } from '../../format.ts';
import type { ListView } from '../../list-route.ts';
import { oneOf } from '../../query.ts';
import type { Page } from '../../page.ts';
import { Empty, Results, Table } from '../../views/lists.tsx';
import { StatusBadge } from '../../views/badge.tsx';
import { ReplayBar } from '../../views/charts.tsx';
import { Time } from '../../views/values.tsx';
import { filterWords } from './summary.ts';

/** What the list can be narrowed to. */
export const REPLAY_FIELDS = { status: oneOf(REPLAY_STATUSES) };

export function replaysPage(view: ListView<typeof REPLAY_FIELDS, Replay>): Page {
  const { items } = view.page;
  return {
    title: 'Replays',
    body: ({ now }) => (
      <>
        <h1>Replays</h1>
        <Results
          path="/replays"
          list={view}
          statuses={REPLAY_STATUSES}
          refresh={items.some(({ status }) => status === 'running') ? 2 : 10}
          empty={<NothingYet />}
        >
          <Table id="replay-rows" columns={COLUMNS}>
            {items.map((replay) => (
              <Row key={replay.id} replay={replay} now={now} />
            ))}
          </Table>
        </Results>
      </>
    ),
  };
}

const COLUMNS = [
  ['Status', 'col-status'],
  ['Replay'],
  ['Progress', 'col-wide'],
  ['Provisioned', 'col-fact'],
  ['Failed', 'col-number'],
  ['By', 'col-fact'],
  ['Started', 'col-time'],
] as const;

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

function NothingYet() {
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
