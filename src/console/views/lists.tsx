/** What pages with a list have in common: its tabs, its pages, and what stands there when it is empty. */
import type { ComponentChildren } from 'preact';
import type { Page } from '../../domain/listing.ts';
import { hrefOf } from '../query.ts';
import { Command } from './values.tsx';

/** Values that lie side by side as links, so that each is one step away and stands in the address. */
export function Tabs<Choice extends string>({
  label,
  value,
  choices,
  all,
  hrefFor,
}: {
  label: string;
  value: Choice | undefined;
  choices: readonly Choice[];
  /** What stands for none of them; left out: one of them is always chosen. */
  all?: string;
  hrefFor: (choice: Choice | undefined) => string;
}) {
  return (
    <nav class="switch" aria-label={label}>
      {[...(all === undefined ? [] : [undefined]), ...choices].map((choice) => (
        <a key={choice} href={hrefFor(choice)} aria-current={choice === value ? 'true' : undefined}>
          {choice ?? all}
        </a>
      ))}
    </nav>
  );
}

interface ResultsProps {
  /** The address of the list. */
  readonly path: string;
  readonly list: {
    readonly problems: Readonly<Partial<Record<string, string>>>;
    readonly given: Readonly<Partial<Record<string, string>>>;
    readonly cursor: string | undefined;
    readonly page: Page<unknown>;
  };
  /** What the list can be narrowed to by a click. */
  readonly statuses?: readonly string[];
  /** Seconds between two looks at what no event tells of. */
  readonly refresh?: number;
  /** What stands above the rows. */
  readonly actions?: ComponentChildren;
  /** What stands there while there is nothing to list at all. */
  readonly empty: ComponentChildren;
  /** The rows. */
  readonly children: ComponentChildren;
}

/** A page of a list. Its pages go by keys, so there is a next one and the newest, and no number of them. */
export function Results({ path, list, statuses, refresh, actions, empty, children }: ResultsProps) {
  const { given, cursor, page } = list;
  const isWhole = Object.keys(given).length === 0 && cursor === undefined;
  // Those of the other fields stand beside them.
  const doubts = [list.problems['q'], list.problems['status']].filter((problem) => problem !== undefined);
  return (
    <div id="results" class="stack">
      {statuses === undefined ? null : (
        <Tabs
          label="Status"
          value={given['status']}
          choices={statuses}
          all="all"
          hrefFor={(status) => hrefOf(path, { ...given, status })}
        />
      )}
      {doubts.map((doubt) => (
        <p key={doubt} class="field-problem">
          {doubt}
        </p>
      ))}
      {actions}
      <div id={path.slice(1)} data-live data-refresh={refresh}>
        {page.items.length > 0 ? children : isWhole ? empty : <NothingMatches path={path} />}
      </div>
      <nav class="row" aria-label="Pagination">
        <span class="end" />
        {cursor === undefined ? null : <a href={hrefOf(path, given)}>Newest</a>}
        {page.nextCursor === null ? null : (
          <a href={hrefOf(path, given, page.nextCursor)} rel="next">
            Older
          </a>
        )}
      </nav>
    </div>
  );
}

const NothingMatches = ({ path }: { path: string }) => (
  <Empty title="Nothing matches">
    No entry matches all of these filters. <a href={path}>Clear filters</a>.
  </Empty>
);

/** A column of a list; its class gives the width. */
export interface Column<Item> {
  readonly name: ComponentChildren;
  readonly class: string;
  readonly cell: (item: Item) => ComponentChildren;
}

interface TableProps<Item> {
  readonly id: string;
  readonly items: readonly Item[];
  readonly columns: readonly Column<Item>[];
  /** Differs whenever the row does. */
  readonly version: (item: Item) => string;
}

/** The rows of a list, each of which leads to its own page. */
export function Table<Item extends { readonly id: string }>(props: TableProps<Item>) {
  const { id, items, columns, version } = props;
  return (
    <table class="rows">
      <thead>
        <tr>
          {columns.map((column, index) => (
            <th key={index} class={column.class}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody id={id} data-rows>
        {items.map((item) => (
          <tr key={item.id} id={item.id} data-version={version(item)}>
            {columns.map((column, index) => (
              <td key={index} class={column.class}>
                {column.cell(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly command?: string;
}

/** A page with nothing to show says what would put something there, with a command to paste. */
export function Empty({ title, children, command }: EmptyProps) {
  return (
    <div class="empty stack">
      <h2>{title}</h2>
      <p class="soft">{children}</p>
      {command === undefined ? null : <Command text={command} what="command" />}
    </div>
  );
}

/** A command that submits an onboarding; in the sandbox the name says what becomes of it. */
export const enqueueCommand = (eventName: string): string => `curl -X POST localhost:3000/v1/onboardings \\
  -H "authorization: Bearer $ONBOARD_TOKEN" -H 'content-type: application/json' \\
  -d '{"account":"000000000101","region":"us-east-1","eventNamespace":"customers/c-1001","eventName":"${eventName}"}'`;
